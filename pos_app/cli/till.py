"""`assidu till`: the till, in a terminal or headless."""

from pathlib import Path

import click
import msgspec

from pos_app.config import ConfigError, ScannerConfig, TillConfig, data_folder, load_config

from .failure import Failure


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the till's files.")
@click.option("--ledger", "url", default="", metavar="URL", help="Address of the ledger, with --pair.")
@click.option("--ca", default="", metavar="FILE", help="PEM file of the chain's own certificate authority.")
@click.option("--pair", "code", default="", metavar="CODE", help="Pairing code from `assidu ledger pair`.")
@click.option("--scanner", "scanners", multiple=True, metavar="PORT", help="Serial scanner; may be repeated.")
@click.option("--printer", default="", metavar="PORT", help="Receipt printer: a port, or socket://HOST:9100.")
@click.option("--rotate-key", is_flag=True, help="Change the till's key first; done by itself once a year.")
@click.option("--headless", is_flag=True, help="No screen: JSON lines on standard input and output.")
def till(
    data: Path | None,
    url: str,
    ca: str,
    code: str,
    scanners: tuple[str, ...],
    printer: str,
    rotate_key: bool,
    headless: bool,
) -> None:
    """The till. The first time it asks for what it needs, or is paired with its ledger by --pair.

    Example: assidu till --data ./till1 --ledger http://127.0.0.1:8470 --pair "ABCD EFGH …"
    """
    folder = data or data_folder()
    try:
        config = _overlaid(load_config(folder), url, ca, scanners, printer)
    except ConfigError as error:
        raise Failure.of(error) from error
    if code and not config.ledger:
        raise Failure("a pairing code needs the ledger's address: add --ledger URL.")
    from pos_app.entry import run_headless, run_terminal
    from pos_app.faults import CannotStart

    try:
        (run_headless if headless else run_terminal)(folder, config, code, rotate_key=rotate_key)
    except CannotStart as error:
        raise Failure.of(error) from error


def _overlaid(config: TillConfig, url: str, ca: str, scanners: tuple[str, ...], printer: str) -> TillConfig:
    ports = tuple(ScannerConfig(port) for port in scanners)
    return msgspec.structs.replace(
        config,
        ledger=url or config.ledger,
        ca=ca or config.ca,
        scanners=ports or config.scanners,
        printer=printer or config.printer,
    )
