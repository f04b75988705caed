"""What the menu (F9) offers, line by line: a digit does a thing or opens a few more of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from pos_app.languages.words import Words
from pos_app.screens.pages import MenuItem

if TYPE_CHECKING:
    from pos_app.app import TillApp


def _reprint(app: "TillApp") -> None:
    if app.till is not None:
        app.till.reprint()
        app.refresh_view()


def _close_day(app: "TillApp") -> None:
    if app.till is not None:
        app.till.close_day(ask=True)
        app.refresh_view()


def errand_item(name: str, label: Callable[[Words], str]) -> MenuItem:
    """The line that opens the errand `name` (`pos_app.till.errands.table`)."""

    def open_page(app: "TillApp") -> None:
        if app.till is not None:
            app.till.errand(name)
            app.refresh_view()

    return MenuItem(label, open_page)


MEMBER: Final = (
    errand_item("incident", lambda words: words("An incident (F8)")),
    errand_item("satisfaction", lambda words: words("How satisfied? 0 to 9 (S after a sale)")),
    errand_item("claim", lambda words: words("Points from a receipt")),
    errand_item("no_receipt", lambda words: words("A return without the receipt")),
    errand_item("wrong_member", lambda words: words("A sale that went to the wrong member")),
    errand_item("reward_back", lambda words: words("A reward brought back")),
    errand_item("gifts", lambda words: words("Gifts: what is left")),
    errand_item("personal", lambda words: words("Personal data: note, consents, copy, erasure")),
    errand_item("adjust", lambda words: words("Points by hand (manager)")),
)

PRINT: Final = (
    MenuItem(lambda words: words("The last receipt again"), _reprint),
    errand_item("vouchers", lambda words: words("The member's vouchers")),
    errand_item("card_code", lambda words: words("The new card, on the screen")),
    errand_item("unprinted", lambda words: words("Papers that were not printed")),
)

TRAINING: Final = (
    MenuItem(lambda words: words("With the rules of today"), lambda app: app.train(coming=False)),
    MenuItem(lambda words: words("With the coming rules"), lambda app: app.train(coming=True)),
)


def _manage(app: "TillApp") -> None:
    """The manager's screen, for a manager who has signed in; it is loaded when it is first wanted."""
    from pos_app.till.sign_in import MANAGER

    if app.till is None:
        return
    cashier = app.till.state.cashier
    if cashier is None or cashier.role != MANAGER:
        app.till.tell("manager_only")
        app.refresh_view()
        return
    if not app.is_screen_installed("manager"):
        from pos_app.screens.manager_screen import ManagerScreen

        app.install_screen(ManagerScreen(), "manager")
    app.open_page("manager")


MENU: Final = (
    MenuItem(lambda words: words("Services to the member"), items=MEMBER),
    MenuItem(lambda words: words("Print"), items=PRINT),
    MenuItem(lambda words: words("Settings, scanner test"), lambda app: app.open_settings()),
    MenuItem(lambda words: words("Close the day"), _close_day),
    MenuItem(lambda words: words("Leave the till"), lambda app: app.exit()),
    MenuItem(lambda words: words("Training"), items=TRAINING),
    MenuItem(lambda words: words("Manager: figures, campaigns, sync log"), _manage),
    errand_item("receipt", lambda words: words("The last receipt on the screen")),
)
