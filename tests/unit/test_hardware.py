"""A till's file on another machine: it earns, and spends nothing before the ledger has heard of it (section 4.5)."""

from pathlib import Path

import pytest

from pos_app.till.moment import now
from pos_app.till.worth import held_here
from sync.till import hardware
from sync.till.cursors import sync_state
from tests.unit.copies_kit import CARDS, Chain, Copied, chain
from tests.unit.till_kit import Shop

HERE, THERE = b"machine of shop1", b"some other one.."


def machine(root: Path, *, name: str = "NUC", address: str = "00:11:22:33:44:55") -> Path:
    """The root of a file system that says so."""
    for path, text in (
        ("etc/machine-id", "c0ffee\n"),
        ("sys/class/dmi/id/product_name", f"{name}\n"),
        ("sys/class/net/eth0/address", f"{address}\n"),
        ("sys/class/net/eth0/addr_assign_type", "0\n"),
        ("sys/class/net/lo/address", "00:00:00:00:00:00\n"),
        ("sys/class/net/lo/addr_assign_type", "0\n"),
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "devices/pci/eth0").mkdir(parents=True, exist_ok=True)
    link = root / "sys/class/net/eth0/device"
    if not link.exists():
        link.symlink_to(root / "devices/pci/eth0")
    return root


def plug_in(root: Path, name: str, where: str, *, wireless: bool = False, assigned: str = "0") -> None:
    """One network device more."""
    device = root / "sys/class/net" / name
    device.mkdir()
    (device / "address").write_text(f"66:77:88:99:aa:{len(name):02x}\n")
    (device / "addr_assign_type").write_text(assigned)
    (root / where).mkdir(parents=True)
    (device / "device").symlink_to(root / where)
    if wireless:
        (device / "phy80211").mkdir()


def test_a_machine_is_known_by_what_stays(tmp_path: Path) -> None:
    """Its names and its built-in wired address; not what is plugged in, comes by radio, or is made up."""
    root = machine(tmp_path / "a")
    known = hardware.fingerprint(root)
    assert len(known) == 16
    plug_in(root, "usb0", "devices/usb1/net")
    plug_in(root, "wlan0", "devices/pci/wlan0", wireless=True)
    plug_in(root, "made-up", "devices/pci/other", assigned="3")
    assert hardware.fingerprint(root) == known
    assert hardware.fingerprint(machine(tmp_path / "b", address="00:11:22:33:44:56")) != known
    assert hardware.fingerprint(machine(tmp_path / "c", name="Laptop")) != known
    assert hardware.fingerprint(machine(tmp_path / "d")) == known
    assert hardware.fingerprint(tmp_path / "nothing") == b""


def spendable(till: Copied, card: str = CARDS[0]) -> int:
    """Points that a ticket of the card's member may take of what the till holds."""
    till.till.scan_text(card, "test", guarded=False)
    basket = till.till.state.basket
    assert basket is not None
    found = held_here(till.till.parts, basket, now(till.till.parts)).get("points", 0)
    till.till.escape()
    return found


def leased(shop: Chain) -> Copied:
    """A till on its own machine, with points of a member."""
    till = shop.till()
    hardware.note(till.writer, till.who, HERE)
    till.sale(CARDS[0], 200)
    till.talk()
    shop.lease()
    assert spendable(till) > 0
    return till


@pytest.mark.engines("sqlite")
def test_a_copied_disk_spends_nothing_before_the_ledger_has_heard_of_it(tmp_path: Path) -> None:
    """Off line both would have the same points; on line the one that calls first goes on, on whatever machine."""
    with chain(tmp_path) as shop:
        till = leased(shop)
        copy = shop.twin(till)
        copy.line.up = till.line.up = False
        hardware.note(copy.writer, copy.who, THERE)
        assert (spendable(till) > 0, spendable(copy)) == (True, 0)
        copy.sale(CARDS[0], 5)
        copy.line.up = True
        copy.talk()
        assert not sync_state(copy.store.reader()).elsewhere
        assert spendable(copy) > 0
        till.line.up = True
        till.talk(1)
        assert till.fenced()


@pytest.mark.engines("sqlite")
def test_a_disk_that_comes_back_to_its_machine_goes_on(tmp_path: Path) -> None:
    """Started elsewhere by mistake and brought back, off line all the time: nothing is lost."""
    with chain(tmp_path) as shop:
        till = leased(shop)
        till.line.up = False
        before = spendable(till)
        hardware.note(till.writer, till.who, THERE)
        assert spendable(till) == 0
        hardware.note(till.writer, till.who, HERE)
        assert spendable(till) == before


def test_the_cashier_is_told(shop: Shop) -> None:
    """At the start and after the sign-in; sales go on."""
    for where in (HERE, THERE):
        hardware.note(shop.writer, shop.till.parts.identity, where)
    shop.go_offline()
    shop.restart()
    assert shop.code == "elsewhere"
    shop.sign_in()
    assert shop.code == "elsewhere"
    shop.sale(shop.with_points(1, 450), "1000")
    assert shop.kinds()[-1] == "TICKET"
