"""Reading a shop folder: what is right is read, what is wrong is named with file and line."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from sync.ledger.shop import read_shop
from sync.ledger.shop_files import ShopFault

SHOP = """chain = "fournil"
timezone = "Europe/Paris"

[[store]]
id = "halles"
name = "Halles"

[[store]]
id = "gare"
name = "Gare"
"""
PROGRAMME = """format = 1

[programme]
id = "fidele"
name = { fr = "Fidèle", en = "Faithful" }
version = 1
effective_from = 2025-01-01
effective_to = 2035-01-01
timezone = "Europe/Paris"
currency = "EUR"
unit = { fr = "point", en = "point" }

[[rule]]
id = "base"
kind = "earn.amount"
points = 1
per = 1.00
"""
CATALOGUE = """code,sku,name_fr,name_en,category,subcategory,cents
2000000001005,F001,Expresso,Espresso,coffee,espresso,160
4006381333931,P001,"Pain, long",,bread,,120
"""
STAFF = """[[staff]]
id = "c1"
name = "Camille"
role = "cashier"
badge = "STAFF-1"
pin = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"

[[staff]]
id = "m1"
name = "Maxime"
role = "manager"
badge = "STAFF-2"
pin = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"
"""
MEMBERS = """number,first_name,last_name,birthday,since,store,points,stamp:coffee
2900000000018,Adèle,Alouette,02-29,2024-05-01,gare,120,9
2900000000025,Bruno,,,,,,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "shop.toml": SHOP,
        "programme.toml": PROGRAMME,
        "catalogue.csv": CATALOGUE,
        "staff.toml": STAFF,
        "members.csv": MEMBERS,
    }.items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_a_whole_shop_is_read(folder: Path) -> None:
    """Every file, with its optional cells left empty somewhere."""
    shop = read_shop(folder)
    assert [store.id for store in shop.stores] == ["halles", "gare"]
    assert shop.card_prefix == "29"
    assert [(item.name, item.effective_from) for item in shop.programmes] == [("fidele", date(2025, 1, 1))]
    assert shop.programmes[0].data == (folder / "programme.toml").read_bytes()
    assert [(item.code, item.cents) for item in shop.products] == [
        ("2000000001005", 160),
        ("4006381333931", 120),
    ]
    assert shop.products[1].name == {"fr": "Pain, long", "en": "Pain, long"}
    assert [person.role for person in shop.staff] == ["cashier", "manager"]
    adele, bruno = shop.members
    assert (adele.birthday, adele.since, adele.store) == ((2, 29), date(2024, 5, 1), "gare")
    assert adele.start == {"points": 120, "stamp:coffee": 9}
    assert (bruno.birthday, bruno.since, bruno.store, bruno.start) == (None, None, "", {})


def test_members_may_begin_with_vouchers(folder: Path) -> None:
    """What a shop gave out before, by the voucher's rule."""
    path = folder / "members.csv"
    path.write_text(path.read_text("utf-8").replace("stamp:coffee", "voucher:cake"), "utf-8")
    assert read_shop(folder).members[0].start == {"points": 120, "voucher:cake": 9}


def test_several_programmes(folder: Path) -> None:
    """A folder of programmes, with or without a single file beside it."""
    (folder / "programmes").mkdir()
    (folder / "programmes" / "b.toml").write_text(PROGRAMME.replace("fidele", "second"), "utf-8")
    assert [item.name for item in read_shop(folder).programmes] == ["second", "fidele"]
    (folder / "programme.toml").unlink()
    assert [item.name for item in read_shop(folder).programmes] == ["second"]


def test_stores_may_belong_to_regions(folder: Path) -> None:
    """And the chain may say for how many months a store knows who a member is."""
    shop = read_shop(folder)
    assert (shop.scope_months, [store.region for store in shop.stores]) == (13, ["", ""])
    path = folder / "shop.toml"
    path.write_text("scope_months = 6\n" + path.read_text("utf-8") + 'region = "idf"\n', "utf-8")
    shop = read_shop(folder)
    assert (shop.scope_months, [store.region for store in shop.stores]) == (6, ["", "idf"])


def test_only_shop_and_programme_are_needed(folder: Path) -> None:
    """A shop without catalogue, staff and members can start."""
    for name in ("catalogue.csv", "staff.toml", "members.csv"):
        (folder / name).unlink()
    shop = read_shop(folder)
    assert (shop.products, shop.staff, shop.members) == ((), (), ())


Break = Callable[[str], str]
WRONG: list[tuple[str, Break, str]] = [
    ("shop.toml", lambda text: text.replace('"Europe/Paris"', "Europe/Paris"), "shop.toml, line 2: "),
    ("shop.toml", lambda text: text.replace("Europe/Paris", "Europe/Lutetia"), 'no time zone "Europe/Lutetia"'),
    ("shop.toml", lambda text: text.replace('"gare"', '"halles"'), 'store id "halles"'),
    ("shop.toml", lambda text: text.replace('name = "Gare"', "name = 5"), "shop.toml, line 10: "),
    ("shop.toml", lambda text: text + 'region = "Île de France"\n', 'region "Île de France" must be'),
    ("shop.toml", lambda text: "scope_months = 0\n" + text, "shop.toml, line "),
    ("shop.toml", lambda text: text.replace("chain =", "chian ="), "shop.toml, line 1: "),
    ("programme.toml", lambda text: text.replace("per = 1.00", "per = "), "programme.toml, line 17"),
    ("programme.toml", lambda text: text.replace("earn.amount", "earn.amout"), "programme.toml"),
    ("catalogue.csv", lambda text: text.replace("160", "1.60"), 'catalogue.csv, line 2: "cents" must be a whole'),
    ("catalogue.csv", lambda text: text.replace("2000000001005", "2000000001006"), "line 2: the check digit of"),
    ("catalogue.csv", lambda text: text.replace("2000000001005", "2900000000018"), "line 2: code 2900000000018 has"),
    ("catalogue.csv", lambda text: text + "2000000001005,X,x,x,x,x,1\n", "line 4: code 2000000001005 is there twice"),
    ("catalogue.csv", lambda text: text.replace(",cents", ""), 'line 1: the column "cents" is missing'),
    ("catalogue.csv", lambda text: text.replace(",160", ""), "line 2: 6 cells where the title line has 7"),
    ("catalogue.csv", lambda text: text.replace('long"', "long"), "catalogue.csv, line 3: not valid CSV"),
    ("catalogue.csv", lambda text: text.replace("Expresso", "Exp\x1b[2Jresso"), "line 2: a cell holds a control"),
    ("staff.toml", lambda text: text.replace('"manager"', '"owner"'), "staff.toml, line 11: "),
    ("staff.toml", lambda text: text.replace("$argon2id$", "1234$"), 'the pin of "c1" must be an argon2id hash'),
    ("members.csv", lambda text: text.replace("0018", "0019"), 'line 2: "2900000000019" is no card number'),
    ("members.csv", lambda text: text.replace("02-29", "29/02"), 'line 2: birthday "29/02"'),
    ("members.csv", lambda text: text.replace("gare", "nord"), 'line 2: store "nord" is not in shop.toml'),
    ("members.csv", lambda text: text.replace("stamp:coffee", "stamps"), 'line 1: the column "stamps" is unknown'),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "expected"), WRONG)
def test_a_fault_is_one_sentence_with_file_and_line(
    folder: Path, name: str, change: Break, expected: str
) -> None:
    """The sentence names the file and, where the fault has one, the line."""
    path = folder / name
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    with pytest.raises(ShopFault) as caught:
        read_shop(folder)
    sentence = str(caught.value)
    assert expected in sentence
    assert sentence.startswith(name)
    assert "\n" not in sentence


def test_a_file_that_is_no_text_is_named_with_the_line(folder: Path) -> None:
    """A file saved in another encoding."""
    (folder / "catalogue.csv").write_bytes(CATALOGUE.encode() + b"2000000002002,F002,Caf\xe9,x,x,x,1\n")
    with pytest.raises(ShopFault, match=r"catalogue\.csv, line 4: not UTF-8"):
        read_shop(folder)


@pytest.mark.parametrize("name", ["shop.toml", "programme.toml"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    """What is needed and not there."""
    (folder / name).unlink()
    with pytest.raises(ShopFault, match=name):
        read_shop(folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """A wrong path after --shop."""
    with pytest.raises(ShopFault, match="no such shop folder"):
        read_shop(tmp_path / "nowhere")


FIELDS = """
[fields]
"member.diet" = { type = "enum", values = ["vegan", "any"] }
"member.children" = { type = "int" }
"member.news" = { type = "bool" }
"member.spent" = { type = "money" }
"member.wedding" = { type = "date" }
"""
FIELD_TITLES = "number,first_name,field:diet,field:children,field:news,field:spent,field:wedding,field:shoe\n"


def with_fields(folder: Path, cells: str) -> None:
    """A shop whose programme declares fields, and one member with `cells` of them."""
    (folder / "programme.toml").write_text(PROGRAMME + FIELDS)
    (folder / "members.csv").write_text(FIELD_TITLES + f"2900000000018,Adele,{cells}\n")


def test_profile_fields_are_typed_as_the_programme_declares_them(folder: Path) -> None:
    """Names, numbers, truth, cents and ISO dates; an empty cell and an undeclared field tell nothing."""
    with_fields(folder, "vegan,2,yes,12.50,2020-05-01,42")
    assert read_shop(folder).members[0].fields == {
        "diet": "vegan",
        "children": 2,
        "news": True,
        "spent": 1250,
        "wedding": "2020-05-01",
    }
    with_fields(folder, ",,false,,,")
    assert read_shop(folder).members[0].fields == {"news": False}


@pytest.mark.parametrize(
    ("cells", "advice"),
    [
        ("meat,,,,,", "one of vegan, any"),
        (",two,,,,", "whole number"),
        (",9999999999999999,,,,", "whole number"),
        (",,maybe,,,", "true or false"),
        (",,,12.5,,", "two decimals"),
        (",,,x,,", "two decimals"),
        (",,,,1.5.2020,", "date like"),
    ],
)
def test_a_profile_field_that_cannot_be_read_is_named(folder: Path, cells: str, advice: str) -> None:
    """File, line, column and what to write instead."""
    with_fields(folder, cells)
    with pytest.raises(ShopFault, match=f"members.csv, line 2: .*{advice}"):
        read_shop(folder)
