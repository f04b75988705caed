"""`assidu ledger …`: the central ledger."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .asking import ask
from .database import on_database
from .failure import Failure
from .ledger_backup import backup, durable, recovery, restore
from .ledger_day import day
from .ledger_devices import devices
from .ledger_effects import effects
from .ledger_export import export
from .ledger_floors import floors
from .ledger_quarantine import quarantine
from .ledger_snapshot import snapshot
from .ledger_stock import stock
from .ledger_verify import verify
from .speech import speaking, words_for

if TYPE_CHECKING:
    from sync.ledger.database import Database


@click.group()
def ledger() -> None:
    """The central ledger. Needs the extra `ledger`."""


ledger.add_command(day)
ledger.add_command(effects)
ledger.add_command(devices)
for command in (backup, restore, durable, recovery, export):
    ledger.add_command(command)
ledger.add_command(quarantine)
ledger.add_command(snapshot)
ledger.add_command(floors)
ledger.add_command(stock)
ledger.add_command(verify)


@ledger.command()
@on_database
@click.option("--listen", default="127.0.0.1:8470", show_default=True, metavar="HOST:PORT")
@click.option(
    "--shop", type=click.Path(path_type=Path), help="Folder with programme, catalogue, staff, members."
)
@click.option(
    "--cert", type=click.Path(path_type=Path, dir_okay=False), help="PEM file: serve HTTPS with it."
)
@click.option("--cert-key", type=click.Path(path_type=Path, dir_okay=False), help="PEM file of its key.")
def serve(
    database: "Database", listen: str, shop: Path | None, cert: Path | None, cert_key: Path | None
) -> None:
    """Serve tills until Ctrl+C or SIGTERM; the address is printed once it listens.

    Example: assidu ledger serve --db chain.db --listen 0.0.0.0:8470 --shop ./shop

    Several processes may share a PostgreSQL database: --db postgresql://USER@HOST/NAME --key FILE
    """
    try:
        from sync.ledger.port import StorageFault
        from sync.ledger.serve import CannotServe, Stop, Tls, announce_on_stdout, log_to_stderr
        from sync.ledger.serve import serve as serve_ledger
        from sync.ledger.shop_files import ShopFault
    except ImportError as error:
        raise Failure("the ledger is not installed: pip install 'assidu[ledger]'.") from error
    host, port = _address(listen)
    if (cert is None) is not (cert_key is None):
        raise Failure("a certificate needs its key: give both --cert and --cert-key.")
    tls = Tls(cert, cert_key) if cert is not None and cert_key is not None else None
    log_to_stderr()
    try:
        serve_ledger(database, host, port, shop=shop, announce=announce_on_stdout, stop=Stop(), tls=tls)
    except (CannotServe, ShopFault, StorageFault) as fault:
        raise Failure.of(fault) from fault


@ledger.command()
@on_database
@click.option("--store", required=True, help="Id of the store, as in shop.toml.")
@click.option(
    "--till", "till_name", default="", help="Name of the till; by default the next number of the store."
)
@click.option("--json", "as_json", is_flag=True, help="Print the code as JSON.")
def pair(database: "Database", store: str, till_name: str, as_json: bool) -> None:
    """Make a one-time pairing code for a till, as text and as a QR code; it holds for ten minutes.

    Example: assidu ledger pair --db chain.db --store halles
    """
    from sync.ledger.codes import NewTill

    code = ask(database, NewTill(store, till_name)).code
    if as_json:
        click.echo(json.dumps({"code": code, "store": store}))
        return
    click.echo(" ".join(code[start : start + 4] for start in range(0, len(code), 4)))
    click.echo(_qr(code), nl=False)


@ledger.command("new-key")
@on_database
@click.option(
    "--role", required=True, type=click.Choice(["grants", "manifests", "rules"]), help="What it signs."
)
@speaking
def new_key(database: "Database", role: str, lang: str | None) -> None:
    """Replace a key that the ledger signs with; the one before still holds until the next.

    Example: assidu ledger new-key --db chain.db --role rules
    """
    from sync.ledger.new_key import NewRoleKey

    number, words = ask(database, NewRoleKey(role)).number, words_for(lang)
    click.echo(words("The ledger signs {role} with key {number} from now on.", role=role, number=number))


def _qr(code: str) -> str:
    import io

    import qrcode

    drawn = qrcode.QRCode(border=2)
    drawn.add_data(code)
    out = io.StringIO()
    drawn.print_ascii(out=out, invert=True)
    return out.getvalue()


def _address(listen: str) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise Failure("{listen} is no address: write --listen HOST:PORT, like 127.0.0.1:8470.", listen=listen)
    return host.strip("[]") or "127.0.0.1", int(port)
