"""docs/operation.md and the files beside it: every command in them exists, every metric is named."""

import configparser
import re
import shlex
from pathlib import Path

import click
import msgspec
import pytest

from pos_app.cli.main import main
from sync.ledger.meter import Meter, gauges
from sync.ledger.work import Work
from sync.wire import Disposition, PushAnswer
from tests.unit.ledger_kit import Shop, run

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "operation.md").read_text("utf-8")
UNITS = sorted((DOCS / "service").glob("*.service"))


def commands() -> list[str]:
    """Every line and quoted text of the page and of the units that calls assidu."""
    found = re.findall(r"^\s*(assidu .+)$", PAGE, re.MULTILINE) + re.findall(r"`(assidu [^`]+)`", PAGE)
    for unit in UNITS:
        found += [
            line.replace("/opt/assidu/bin/", "") for line in re.findall(r"ExecStart=(.+)", unit.read_text())
        ]
    return [re.sub(r".*?(assidu (?:ledger|till).+?)'?$", r"\1", line) for line in found]


@pytest.mark.parametrize("command", commands())
def test_every_command_is_one(command: str) -> None:
    """Its name and its options are understood; nothing is carried out."""
    words = shlex.split(command)[1:]
    parser: click.Command = main
    context = click.Context(main, info_name="assidu")
    while isinstance(parser, click.Group):
        name = words.pop(0)
        found = parser.get_command(context, name)
        assert found is not None, name
        parser, context = found, click.Context(found, context, info_name=name)
    options, _, _ = parser.make_parser(context).parse_args(words)
    missing = [one.name for one in parser.params if one.required and one.name not in options]
    assert missing == []


def test_the_page_names_every_metric(tmp_path: Path) -> None:
    """And none that is not there."""

    async def scenario(shop: Shop) -> None:
        meter = Meter(lambda: 0.0)
        answer = PushAnswer(1, b"", 0, (Disposition(1, "applied"),), (), b"", None, 1)
        meter.pushed(answer)
        meter.answered("/push", 200, 0.01)

        async def read(work: Work) -> list[str]:
            return [*await gauges(work.tx, work.now_ms)]

        text = "\n".join([*meter.lines(), *await shop.ledger.read(read)])
        told = set(re.findall(r"`(assidu_\w+)`", PAGE))
        assert told == set(re.findall(r"# TYPE (\w+)", text))

    run(tmp_path, scenario)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_are_whole(unit: Path) -> None:
    """What systemd needs of a service, and that none of them runs as root."""
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(unit)
    service = dict(parser["Service"])
    assert service["ExecStart"].startswith("/")
    assert service["User"] not in ("", "root")
    assert service["UMask"] == "0077"


def test_the_container_starts_what_the_page_says() -> None:
    """Its command is one of ours, and it says when it is ready."""
    text = (DOCS / "service" / "Containerfile").read_text("utf-8")
    parts = [msgspec.json.decode(found) for found in re.findall(r"^(?:ENTRYPOINT|CMD) (\[.+\])$", text, re.M)]
    test_every_command_is_one(shlex.join([word for part in parts for word in part]))
    assert "/ready" in text
    assert "USER assidu" in text
