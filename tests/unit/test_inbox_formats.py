"""What a file of finished tickets may hold: CSV, JSON and POSLog, and what is refused with a sentence."""

import json

import pytest

from pos_app.headless.inbox.formats import read
from pos_app.headless.inbox.ticket import Wrong
from pos_app.headless.inbox.tree import parsed
from pos_app.headless.input import Refused
from sync.entry import TicketBody
from tests.unit.inbox_kit import LINES, Inn, inn
from tests.unit.till_kit import card_number

__all__ = ["inn"]

CSV = """pos_ref;member;refund_of;sku;category;qty;cents;name
h/1/1;{card};;F001;coffee;1,5;320;"Café; grand"
h/1/1;;;P9;bread;1;1200;
h/1/2;;h/1/1;P9;;;-1200;
h/1/3;;h/1/1;;;;;
"""


def test_csv(inn: Inn) -> None:
    """A row a line, those of a ticket together; a return whole or by lines; commas in numbers beside semicolons."""
    told = inn.take(
        "day.csv", b"\xef\xbb\xbf" + CSV.format(card=inn.shop.member(1)).replace("\n", "\r\n").encode()
    )
    assert [one["number"] for one in told] == ["h/1/1", "h/1/2", "h/1/3"]
    assert [one["recorded"]["total"] for one in told] == [1520, 1200, 320]
    assert str(inn.bodies(TicketBody)[0].lines[0].qty) == "1.5"


POSLOG = """<?xml version="1.0" encoding="{encoding}"?>
<POSLog xmlns="http://www.nrf-arts.org/IXRetail/namespace/" xmlns:x="urn:x"><Transaction{flags}>
<RetailStoreID>halles</RetailStoreID><WorkstationID>r1</WorkstationID><SequenceNumber>{number}</SequenceNumber>
<BusinessDayDate>2026-11-20</BusinessDayDate><CurrencyCode>{currency}</CurrencyCode>
<RetailTransaction Version="2.2"{status}>{inside}</RetailTransaction></Transaction></POSLog>"""
SALE = """<LineItem VoidFlag="false"><Sale ItemType="Stock"><POSIdentity><POSItemID>F001</POSItemID></POSIdentity>
<MerchandiseHierarchy Level="D">coffee</MerchandiseHierarchy><Description>Caf&#233;</Description>
<ExtendedAmount>3.20</ExtendedAmount><Quantity Units="2">2</Quantity></Sale></LineItem>"""
VOID_LINE = SALE.replace('VoidFlag="false"', 'VoidFlag="true"')
CARD = "<Customer><CustomerID> {card} </CustomerID></Customer>"
TOTAL = '<Total TotalType="TransactionGrandAmount">{total}</Total>'
LINK = "<TransactionLink{why}><SequenceNumber>{of}</SequenceNumber></TransactionLink>"
RETURN = """<LineItem><Return><ItemID>F001</ItemID><ExtendedAmount>-3.20</ExtendedAmount><Quantity>-2</Quantity>{link}
</Return></LineItem>"""


def log(
    number: int,
    inside: str,
    *,
    flags: str = "",
    status: str = "",
    currency: str = "EUR",
    encoding: str = "utf-8",
) -> bytes:
    text = POSLOG.format(
        number=number, inside=inside, flags=flags, status=status, currency=currency, encoding=encoding
    )
    return text.encode(encoding)


def test_poslog(inn: Inn) -> None:
    """Sales, exchanges, returns and voids of a log; what was cancelled or trained leaves nothing."""
    card = inn.shop.member(1)
    sale = SALE + VOID_LINE + CARD.format(card=card)
    told = inn.take("1.xml", log(1, sale + TOTAL.format(total="3.00"), encoding="utf-16"))
    assert told[0]["number"] == "halles/r1/2026-11-20/1"
    body = inn.bodies(TicketBody)[0]
    assert [(line.cents, line.sku, line.category) for line in body.lines] == [
        (320, "F001", "coffee"),
        (-20, "", ""),
    ]
    exchange = SALE + RETURN.format(link=LINK.format(why="", of=1)) + TOTAL.format(total="0.00")
    told = inn.take("2.xml", log(2, exchange, encoding="iso-8859-1"))
    assert [one["recorded"]["total"] for one in told] == [320, 320]
    void = LINK.format(why=' ReasonCode="Voided"', of=2)
    assert inn.take("3.xml", log(3, void))[0]["recorded"]["total"] == 320
    assert inn.take("4.xml", log(4, SALE + RETURN.format(link="")))[0]["recorded"]["total"] == 0
    for flags, status in (
        (' CancelFlag="true"', ""),
        (' TrainingModeFlag="true"', ""),
        ("", ' TransactionStatus="Suspended"'),
        (' VoidedFlag="true"', ""),
    ):
        assert inn.take("5.xml", log(5, SALE, flags=flags, status=status)) == []
    assert inn.take("6.xml", log(6, SALE, currency="USD"))[0]["code"] == "other_currency"
    assert len(inn.bodies(TicketBody)) == 3


MAKERS_LOG = """<?xml version="1.0"?>
<{p}POSLog {space}="http://www.nrf-arts.org/IXRetail/v6.0.0/poslog" xmlns:m="urn:of-a-manufacturer" MajorVersion="6">
<{p}Transaction TypeCode="SaleTransaction"><{p}BusinessUnit><{p}UnitID>halles</{p}UnitID></{p}BusinessUnit>
<{p}WorkstationID>7</{p}WorkstationID><{p}SequenceNumber>{number}</{p}SequenceNumber>
<{p}POSLogDateTime TypeCode="Message">2026-11-21T01:00:00</{p}POSLogDateTime>
<{p}POSLogDateTime TypeCode="Transaction">2026-11-20T18:00:00+01:00</{p}POSLogDateTime>
<m:SequenceNumber>99</m:SequenceNumber>
<{p}RetailTransaction m:TransactionStatus="Suspended">
<{p}LineItem VoidFlag="false"><{p}SequenceNumber>1</{p}SequenceNumber><{p}Sale><m:ExtendedAmount>99</m:ExtendedAmount>
<{p}ItemID>F001</{p}ItemID><{p}ExtendedAmount>3.2</{p}ExtendedAmount></{p}Sale></{p}LineItem>
<{p}LineItem><{p}SequenceNumber>2</{p}SequenceNumber><{p}Sale><{p}ItemID>P9</{p}ItemID>
<{p}ExtendedAmount>12.0000</{p}ExtendedAmount></{p}Sale></{p}LineItem>
<{p}LineItem VoidFlag="true"><{p}SequenceNumber>3</{p}SequenceNumber><{p}Sale><{p}ItemID>P9</{p}ItemID>
<{p}ExtendedAmount>12.0000</{p}ExtendedAmount><{p}ItemLink>2</{p}ItemLink></{p}Sale></{p}LineItem>
<{p}LineItem DeleteFlag="true"><{p}Sale><{p}ItemID>P9</{p}ItemID><{p}ExtendedAmount>1</{p}ExtendedAmount></{p}Sale>
</{p}LineItem><m:LineItem><{p}Sale><{p}ItemID>P9</{p}ItemID><{p}ExtendedAmount>7</{p}ExtendedAmount></{p}Sale></m:LineItem>
<{p}Total TotalType="TransactionGrandAmount">3.20</{p}Total>
<{p}LoyaltyAccount><{p}CustomerID>{card}</{p}CustomerID></{p}LoyaltyAccount>
</{p}RetailTransaction></{p}Transaction></{p}POSLog>"""


@pytest.mark.parametrize(("prefix", "space"), [("", "xmlns"), ("arts:", "xmlns:arts")])
def test_logs_as_manufacturers_write_them(prefix: str, space: str) -> None:
    """Any prefix; no business day but a time; a line undone by a later one; what a namespace of their own adds."""
    text = MAKERS_LOG.format(p=prefix, space=space, number=4, card="2900000000018")
    [one] = read(".xml", text.encode())
    assert (one.number, one.member) == ("halles/7/2026-11-20/4", "2900000000018")
    assert [(line.line.sku, line.line.cents) for line in one.lines] == [("F001", 320)]


LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(10)
)


@pytest.mark.parametrize(
    "data",
    [
        LAUGHS + "]><POSLog>&k;</POSLog>",
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><POSLog>&e;</POSLog>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><POSLog/>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><POSLog/>',
        "<!DOCTYPE POSLog><POSLog/>",
        "<POSLog>&undeclared;</POSLog>",
        "<POSLog>" * 100_000,
        "<POSLog>" * 90_000 + "</POSLog>" * 90_000,
        "<a>" * 60 + "<b/>" * 200_100 + "</a>" * 60,
        "<POSLog><Transaction></POSLog>",
        '<?xml version="1.0" encoding="no-such"?><POSLog/>',
        '<?xml version="1.0" encoding="utf-7"?><POSLog/>',
        "",
        "\x00\x01",
    ],
    ids=lambda data: data[:30],
)
def test_xml_that_reaches_further(data: str) -> None:
    """Bombs, entities and document types end the reading at once; nothing is opened, nothing grows."""
    with pytest.raises(Refused) as refused:
        read(".xml", data.encode())
    assert refused.value.code == "bad_xml"
    assert "root:" not in str(refused.value)


@pytest.mark.parametrize(
    ("ending", "data", "code"),
    [
        (".json", b"{", "bad_json"),
        (".json", b"[" * 200_000, "bad_json"),
        (".json", b"\xff\xfe", "bad_json"),
        (".json", b'{"lines": [{"cents": 1}]}', "no_number"),
        (".json", b'{"pos_ref": "a"}', "bad_lines"),
        (".json", b'{"pos_ref": "a\\u001b", "lines": [{"cents": 1}]}', "bad_name"),
        (".json", b'{"pos_ref": "a", "lines": [{"cents": 1.5}]}', "bad_lines"),
        (".json", b'{"pos_ref": "a", "refund_of": "b", "lines": [{"cents": 0}]}', "bad_lines"),
        (
            ".json",
            b'[{"pos_ref":"a","lines":[{"cents":1}]}'
            + b',{"pos_ref":"a","lines":[{"cents":1}]}' * 1000
            + b"]",
            "too_many",
        ),
        (".json", b'{"pos_ref":"a","lines":[' + b'{"cents":1},' * 20_000 + b'{"cents":1}]}', "too_many"),
        (".json", "{}".encode("utf-16"), "bad_json"),
        (".csv", b"pos_ref,cents\n" + b"a,1\n" * 20_001, "too_many"),
        (".csv", "pos_ref,cents,name\na,1,café\n".encode("latin-1"), "bad_csv"),
        (".csv", b"pos_ref;cents\na;3,20\n", "bad_lines"),
        (".csv", b"", "bad_csv"),
        (".csv", b"number,cents\na,1\n", "bad_csv"),
        (".csv", b"pos_ref,cents\na,1,2\n", "bad_csv"),
        (".json", b"7", "bad_json"),
        (".json", b'{"pos_ref": 9, "lines": [{"cents": 1}]}', "bad_json"),
        (".csv", b"pos_ref,cents\na\n", "bad_csv"),
        (".csv", b"pos_ref,cents\n,1\n", "no_number"),
        (".csv", b"pos_ref,cents,member\na,1,x\na,1,y\n", "bad_csv"),
        (".csv", b'pos_ref,cents\na,"1\n', "bad_csv"),
        (".csv", b"pos_ref,cents\na,1.50\n", "bad_lines"),
        (".xml", b"<Invoice/>", "bad_poslog"),
        (".xml", log(1, SALE.replace("3.20", "3.205")), "bad_poslog"),
        (".xml", log(1, SALE.replace("3.20", "NaN")), "bad_poslog"),
        (".xml", log(1, SALE.replace("3.20", "1E400")), "bad_poslog"),
        (".xml", log(1, SALE.replace("3.20", "1E-999999999")), "bad_poslog"),
        (".xml", log(1, SALE.replace("3.20", "9" * 100_000)), "bad_poslog"),
        (".xml", log(1, SALE).replace(b"BusinessDayDate", b"Day"), "bad_poslog"),
        (".txt", b"", "bad_format"),
    ],
    ids=str,
)
def test_files_that_hold_no_tickets(ending: str, data: bytes, code: str) -> None:
    """Each has its code and a sentence that can be shown, of the file or of its one ticket."""
    try:
        [wrong] = read(ending, data)
        assert isinstance(wrong, Wrong)
        why = wrong.why
    except Refused as refused:
        why = refused
    assert why.code == code
    assert str(why).isprintable()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "day.json",
            '[{"pos_ref": "h/1", "lines": [{"cents": 1.5}]}, {"pos_ref": "h/2", "lines": [{"cents": 100}]}]',
        ),
        (
            "day.json",
            '[{"pos_ref": "h/1", "lines": {"cents": 15}}, {"pos_ref": "h/2", "lines": [{"cents": 100}]}]',
        ),
        (
            "day.json",
            '{"pos_ref": "h/1", "member": 29, "lines": []}\n{"pos_ref": "h/2", "lines": [{"cents": 100}]}',
        ),
        ("day.csv", "pos_ref,cents\nh/1,1.50\nh/2,100\n"),
        ("day.csv", "pos_ref,cents,name\nh/1,150,Bread, sliced\nh/1,20,Roll\nh/2,100,Bread\n"),
        ("day.csv", "pos_ref,cents\nh/1,150\nh/2,100\nh/1,20\n"),
    ],
)
def test_a_ticket_that_cannot_be_read_refuses_itself_alone(inn: Inn, name: str, text: str) -> None:
    """The others of the day are recorded, and what lies beside the file says which one it is."""
    told = inn.take(name, text)
    assert [(one["number"], one["ok"]) for one in told] == [("h/1", False), ("h/2", True)]
    assert told[0]["code"] in ("bad_lines", "bad_json", "bad_csv")
    assert inn.shop.kinds() == ["TICKET"]


def test_a_transaction_that_cannot_be_read_refuses_itself_alone(inn: Inn) -> None:
    """An amount that is no number of cents, in a log of two sales."""
    odd = SALE.replace("3.20", "3.205")
    second = log(2, SALE)
    second = second[second.index(b"<Transaction") :]
    told = inn.take("day.xml", log(1, odd).replace(b"</POSLog>", second))
    assert [(one["number"], one["ok"]) for one in told] == [
        ("halles/r1/2026-11-20/1", False),
        ("halles/r1/2026-11-20/2", True),
    ]
    assert inn.shop.kinds() == ["TICKET"]


@pytest.mark.parametrize("number", ["h\x1b[2J", "h" * 101])
def test_what_is_no_number_names_no_ticket(inn: Inn, number: str) -> None:
    """The text beside the file can be shown anywhere, whatever the register wrote."""
    inn.put("a.json", json.dumps({"pos_ref": number, "lines": LINES}))
    inn.look(14)
    assert inn.why() == "A ticket name has at most 100 printable characters.\n"


@pytest.mark.parametrize(
    "text",
    [
        "pos_ref,cents,name\nh/1,150,Bread\nh/2,100\n",
        "name,pos_ref,cents\nBread, sliced,h/1,150\nRoll,h/1,100\n",
        "pos_ref,cents\nh/1,150\n,20\nh/2,100\n",
    ],
)
def test_a_row_whose_ticket_is_not_sure_refuses_the_file(inn: Inn, text: str) -> None:
    """Else a ticket would be recorded without one of its lines: the row may be half, or its number moved."""
    [told] = inn.take("day.csv", text)
    assert told["code"] in ("bad_csv", "no_number")
    assert inn.shop.kinds() == []


@pytest.mark.parametrize("number", ["42", "100234", "4006381333931"])
def test_a_customer_number_of_the_register_s_own_is_no_card(inn: Inn, number: str) -> None:
    """The sale is recorded without a member; a loyalty number that is none is refused as ever."""
    [told] = inn.take("one.xml", log(1, SALE + CARD.format(card=number)))
    assert told["ok"]
    assert [entry.member for entry in inn.shop.entries()] == [None]


def test_a_customer_number_of_the_shop_s_own_is_a_card(inn: Inn) -> None:
    """Though nobody here knows it yet: the card earns until the ledger knows whose it is."""
    inn.shop.go_offline()
    [told] = inn.take("one.xml", log(1, SALE + CARD.format(card=card_number(44))))
    assert told["recorded"]["gained"]
    assert [type(entry.member) for entry in inn.shop.entries()] == [str]


def test_a_return_sent_again_with_another_amount_is_named_by_its_own_number(inn: Inn) -> None:
    """Not by that of the sale that it takes back."""
    inn.ticket(pos_ref="r/1", lines=[{"cents": 1000}])
    inn.ticket(pos_ref="r/2", refund_of="r/1", lines=[{"cents": 300}])
    [told] = inn.ticket(pos_ref="r/2", refund_of="r/1", lines=[{"cents": 200}])
    assert told["code"] == "number_taken"
    assert told["sentence"].startswith("r/2 ")


def test_text_between_elements_is_whole() -> None:
    """Its pieces stand between the children, in their order."""
    piece = b"a" * 20 + b"<x/>"
    assert parsed(b"<POSLog>" + piece * 150_000 + b"</POSLog>").children[0].text == "a" * 20 * 150_000


def test_why_a_file_was_refused_is_said_in_the_tills_language(inn: Inn) -> None:
    """Beside the file, for whoever looks into the folder: what the ticket lacks, and what the reader of XML found."""
    inn.shop.till.set_language("fr")
    assert inn.ticket(member="x", lines=[{"cents": 1}])[0]["sentence"].startswith(
        "Un ticket n'a pas de numéro"
    )
    inn.put("b.json", json.dumps({"pos_ref": "h/1/7", "lines": [{"cents": -5}]}))
    inn.look(14)
    assert inn.why() == "h/1/7 rend de l'argent sans nommer la vente : envoyez refund_of.\n"
