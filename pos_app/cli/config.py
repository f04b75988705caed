"""`assidu config …`: the configuration of a till."""

from pathlib import Path

import click

from pos_app.config import ConfigError, data_folder, load_config, render_config

from .failure import Failure
from .speech import speaking, words_for


@click.group()
def config() -> None:
    """The configuration of a till."""


@config.command()
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the till's files.")
@speaking
def show(data: Path | None, lang: str | None) -> None:
    """Print the configuration in force, every key with what it means.

    Example: assidu config show > till.toml
    """
    try:
        click.echo(render_config(load_config(data or data_folder()), words_for(lang)), nl=False)
    except ConfigError as error:
        raise Failure.of(error) from error
