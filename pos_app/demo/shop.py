"""The demo's shop folder: the files of assets/demo, and members drawn from its names."""

import csv
import shutil
import tomllib
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import msgspec

from sync.numbers import member_number

FILES = ("shop.toml", "programme.toml", "catalogue.csv", "staff.toml")
COLUMNS = (
    "number",
    "first_name",
    "last_name",
    "birthday",
    "since",
    "store",
    "points",
    "stamp:coffee",
    "reward:coffee",
)
NUMBER_KEY = b"numbers of the demo, not a secret"
STORES = ("halles", "gare")


class DemoMember(msgspec.Struct, frozen=True):
    """A member of the demo and what is on the account at start."""

    number: str
    first_name: str
    last_name: str
    birthday: str
    since: str
    store: str
    points: int
    stamps: int
    rewards: int


def write_shop(folder: Path, today: date, count: int, draw: Callable[[int], int]) -> tuple[DemoMember, ...]:
    """Write a shop folder with `count` members and return them.

    `draw(n)` gives a number from 0 to n - 1. The first six members show one thing each: a coffee card at nine of
    ten, a free coffee, points for a reward, nearly enough points, a new member, a birthday this week.
    """
    folder.mkdir(parents=True)
    with as_file(files("assets") / "demo") as source:
        for name in FILES:
            shutil.copy(source / name, folder / name)
        names = tomllib.loads((source / "names.toml").read_text(encoding="utf-8"))
    members = tuple(_members(names, today, count, draw))
    with (folder / "members.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(msgspec.structs.astuple(member) for member in members)
    return members


def _members(
    names: dict[str, Any], today: date, count: int, draw: Callable[[int], int]
) -> Iterator[DemoMember]:
    first_names = names["first_fr"] + names["first_en"]
    shown = ((42, 9, 0), (64, 3, 1), (240, 5, 0), (96, 0, 0), (0, 0, 0), (130, 7, 0))
    for serial in range(count):
        points, stamps, rewards = (
            shown[serial] if serial < len(shown) else (draw(180), draw(10), draw(12) // 11)
        )
        birthday = today + timedelta(days=2) if serial == 5 else date(2000, 1, 1) + timedelta(days=draw(366))
        yield DemoMember(
            number=member_number(serial, NUMBER_KEY),
            first_name=first_names[draw(len(first_names))],
            last_name=names["last"][draw(len(names["last"]))],
            birthday=birthday.strftime("%m-%d"),
            since=(today - timedelta(days=draw(1200))).isoformat(),
            store=STORES[0 if serial < len(shown) else draw(len(STORES))],
            points=points,
            stamps=stamps,
            rewards=rewards,
        )
