"""Why there is no contact with the ledger is on the idle screen and in the help, in the cashier's language."""

import pytest

from pos_app.languages.words import LANGUAGES, Words
from pos_app.screens.desk import Desk
from pos_app.screens.help import help_lines
from pos_app.screens.render import screen
from pos_app.widgets.rows import plain
from sync.till.network import NetworkState
from sync.till.offline import SENTENCES, OfflineReason
from tests.unit.till_kit import Shop

QUIET = {OfflineReason.STARTING, OfflineReason.STOPPED}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", OfflineReason)
def test_every_reason_has_its_sentence(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, reason: OfflineReason, language: str
) -> None:
    """Rubbish, slowness, a wrong key, silence: each says what to do; a start and a stop need no word."""
    words = Words(language)
    monkeypatch.setattr(shop.ledger, "state", lambda: NetworkState(False, 1, None, 0, 0, None, reason))
    shop.till.set_language(language)
    view = shop.till.view()
    sentence = words(SENTENCES[reason])
    for rows in (
        screen(view, Desk(), words, 80, 24),
        help_lines(view, (), words, 200)[0],
    ):
        text = " ".join(" ".join(plain(rows)).replace("│", " ").split())
        assert (" ".join(sentence.split()) in text) is (reason not in QUIET)
