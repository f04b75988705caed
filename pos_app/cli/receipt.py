"""`assidu receipt preview`: the last receipt of a till as it looks on paper."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pos_app.config import ConfigError, data_folder, load_config

from .failure import Failure
from .speech import speaking
from .till_store import reading

if TYPE_CHECKING:
    from pos_app.printing.profile import Profile


@click.group()
def receipt() -> None:
    """Receipts: preview.

    Example: assidu receipt preview --data ./till1
    """


@receipt.command()
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the till's files.")
@click.option("--png", type=click.Path(path_type=Path), metavar="FILE", help="Write a picture instead.")
@speaking
def preview(data: Path | None, png: Path | None, lang: str | None) -> None:  # noqa: ARG001 - faults are told in it
    """Show the last receipt of a till, running or not, as it looks on paper. Prints nothing and changes nothing.

    Example: assidu receipt preview --data ./till1 --png receipt.png
    """
    from pos_app.printing.profile import BadLayout, profile_of
    from pos_app.printing.rows import as_text
    from pos_app.printing.viewer import viewed

    folder = data or data_folder()
    try:
        profile = profile_of(load_config(folder), folder)
    except (BadLayout, ConfigError) as error:
        raise Failure.of(error) from error
    paper = viewed(_last(folder, profile), profile.page)
    if png is None:
        click.echo(as_text(paper.rows, profile.columns).rstrip())
        return
    try:
        from pos_app.printing import picture
    except ImportError as error:
        raise Failure("pictures need two more packages: pip install 'assidu[cards]'.") from error
    try:
        png.write_bytes(picture.png(paper, profile.columns))
    except OSError as error:
        raise Failure(
            "{out} cannot be written ({reason}): choose another place.", out=png, reason=error.strerror
        ) from error


def _last(folder: Path, profile: "Profile") -> bytes:
    """The printer bytes of the last receipt of the till in `folder`."""
    from pos_app.till.slip import bytes_of
    from sync.till import spool
    from sync.till.identity import identity

    with reading(folder) as connection:
        who, job = identity(connection), spool.last_job(connection)
        if who is None or job is None:
            raise Failure("this till has no receipt yet: record a sale first.")
        return bytes_of(job.data, who, connection, profile)
