"""The demo's panel: one key scans a card, a product or a badge through the simulated scanner's port."""

from typing import TYPE_CHECKING

from pos_app.languages.words import Words
from pos_app.screens.frame import key_bar
from pos_app.screens.pages import MenuItem, Page
from pos_app.widgets.rows import BLANK, Block, Role, boxed, fitted, padded, row, wrapped

if TYPE_CHECKING:
    from pos_app.app import TillApp
    from pos_app.demo.run import Demo

PRODUCTS = (
    ("a", "2000000001005", "Expresso", "Espresso"),
    ("b", "2000000003009", "Cappuccino", "Cappuccino"),
    ("c", "2000000021003", "Croissant", "Croissant"),
    ("d", "2000000013008", "Baguette", "Baguette"),
    ("e", "2000000036007", "Sandwich jambon-beurre", "Ham sandwich"),
)
CASHIER, MANAGER = ("x", "BDG-CAMILLE", "1234"), ("y", "BDG-SOFIA", "4321")
"""Key, badge and PIN (assets/demo/staff.toml)."""


def panel_item(demo: "Demo") -> MenuItem:
    """The line of the menu that opens the panel."""
    return MenuItem(
        lambda words: words("Demo: scan a card, a product, a badge"), lambda app: _open(app, demo)
    )


def _open(app: "TillApp", demo: "Demo") -> None:
    app.push_screen(DemoPanel(demo))


class DemoPanel(Page):
    """Cards by digit, products and badges by letter; the page closes so that the effect is seen."""

    def __init__(self, demo: "Demo") -> None:
        super().__init__(name="demo")
        self._demo = demo

    def rows(self) -> Block:
        width, height = self.size.width, self.size.height
        words = self.till_app.words
        lines: Block = [BLANK]
        for key, text in (*self._cards(words), *_products(words), *_badges(words)):
            lines.append(row("  ", (f" {key} ", Role.KEY), "  ", text))
        hint = words("From another terminal: assidu demo scan CODE")
        lines += [BLANK, *wrapped(width - 4, (hint, Role.SOFT))]
        box = boxed([(width - 2, fitted(lines, height - 3, ""))], height - 1, [words("SIMULATED SCANNER")])
        return [padded(line, width) for line in (*box, *key_bar({"Esc": words("Close")}, words, width))]

    def press(self, key: str) -> None:
        code = self._code(key)
        if code:
            self.till_app.close_page()
            self._demo.scan(code)

    def _code(self, key: str) -> str:
        if key.isdigit():
            place = int(key) - 1
            return self._demo.members[place].number if 0 <= place < len(_stories(Words("en"))) else ""
        return next((code for letter, code, *_ in (*PRODUCTS, CASHIER, MANAGER) if letter == key), "")

    def _cards(self, words: Words) -> list[tuple[str, str]]:
        shown = zip(self._demo.members, _stories(words), strict=False)
        return [
            (str(place), words("{label}: {what}", label=f"{member.number}  {member.first_name}", what=story))
            for place, (member, story) in enumerate(shown, start=1)
        ]


def _stories(words: Words) -> tuple[str, ...]:
    """What each of the first members is there to show."""
    return (
        words("nine coffee stamps of ten"),
        words("a free coffee to take"),
        words("points for a reward"),
        words("nearly enough points for a reward"),
        words("a new member"),
        words("birthday this week"),
    )


def _products(words: Words) -> list[tuple[str, str]]:
    french = words.language == "fr"
    return [(key, f"{code}  {fr if french else en}") for key, code, fr, en in PRODUCTS]


def _badges(words: Words) -> list[tuple[str, str]]:
    (cashier, badge, pin), (manager, other, its) = CASHIER, MANAGER
    return [
        (cashier, f"{badge}  {words('Badge of the cashier, PIN {pin}', pin=pin)}"),
        (manager, f"{other}  {words('Badge of the manager, PIN {pin}', pin=its)}"),
    ]
