"""Names, telephone numbers and e-mail addresses in no file of a till either where no screen of it took them."""

import json

from pos_app.headless.console import Console
from pos_app.manager.dashboard import dashboard_of
from pos_app.manager.export import FOLDER, export
from pos_app.manager.shop import shop_of
from pos_app.till.training import begin, end
from tests.e2e.test_nothing_personal import EMAIL, NAMES, PHONE, found_in, planted
from tests.unit.till_kit import Shop, card_number


def searched(shop: Shop) -> list[tuple[str, bytes]]:
    """Where planted words stand in the till's folder, its write-ahead log with it."""
    return [one for one in found_in(shop.folder, planted()) if not one[0].endswith("-shm")]


def test_a_register_that_enrols_leaves_nothing_readable(shop: Shop) -> None:
    """Through the headless protocol: telephone, e-mail address, first name; then looked up again, and sold to."""
    console = Console(shop.till)

    def ask(**command: object) -> dict[str, object]:
        return dict(json.loads(console.answer(json.dumps(command).encode())))

    for card, contact, name in ((801, PHONE, NAMES[0]), (802, EMAIL, NAMES[1])):
        done = ask(do="enrol", card=card_number(card), contact=contact, consent=1, first_name=name)
        assert done["ok"], done
        assert ask(do="amount", cents=1000)["ok"]
        assert ask(do="close")["ok"]
        assert ask(do="contact", contact=contact)["ok"]
        assert ask(do="cancel")["ok"]
    assert len(shop.bodies("ENROL")) == 2
    assert searched(shop) == []


def test_the_training_folder_has_nothing_readable(shop: Shop) -> None:
    """An apprentice who types a true number leaves it in no file, while the training lasts and after it."""
    apprentice = begin(shop.till, coming=False)
    assert apprentice is not None
    apprentice.open_enrol()
    apprentice.enrol_set("contact", PHONE)
    apprentice.enrol_set("first_name", NAMES[0])
    apprentice.enrol_confirm()
    assert apprentice.view().member is not None
    apprentice.put_amount("1000")
    apprentice.record()
    assert any(path.parent != shop.folder for path in shop.folder.rglob("*.sqlite"))
    assert searched(shop) == []
    end(shop.till)
    assert searched(shop) == []


def test_the_managers_files_name_nobody(shop: Shop) -> None:
    """Figures as CSV and JSON, of a store whose members have names."""
    for n, name in enumerate(NAMES, start=1):
        shop.sale(shop.member(n, name=name), "4590")
    files = export(dashboard_of(shop_of(shop.till.parts)), shop.folder)
    assert {path.parent.name for path in files} == {FOLDER}
    assert searched(shop) == []
