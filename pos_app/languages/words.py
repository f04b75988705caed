"""Words of one language: sentences from the catalogue, amounts, numbers and dates in the form people read."""

import datetime
import gettext
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Final

import assets
from rules.sentences import Said

DOMAIN: Final = "assidu"
LANGUAGES: Final = ("en", "fr")
FOLDER: Final = Path(assets.__file__).parent / "languages"

# English as in Ireland: euros before the number, the day before the month.
_LOCALES: Final = {"fr": "fr_FR", "en": "en_IE"}


class Words:
    """Speaks one of `LANGUAGES`. Unknown languages speak English; unknown messages stay as they are.

    `currency` is the code of the one that amounts are in; `coded` writes it as that code, where its sign cannot be
    shown.
    """

    def __init__(self, language: str, currency: str = "EUR", *, coded: bool = False) -> None:
        self.language = language if language in LANGUAGES else "en"
        self._catalogue = catalogue(self.language)
        self.currency = currency
        self._coded = coded
        self._locale = _LOCALES[self.language]

    def paying(self, currency: str) -> "Words":
        """The same language with amounts in another currency."""
        return self if currency == self.currency else Words(self.language, currency, coded=self._coded)

    def coded(self) -> "Words":
        """The same language and currency with its code in the place of its sign."""
        return Words(self.language, self.currency, coded=True)

    @property
    def sign(self) -> str:
        """What stands beside an amount: "€", "$US", "CHF"."""
        return self.currency if self._coded else _sign(self._locale, self.currency)

    def __call__(self, message: str, /, **values: object) -> str:
        """Translate a message and put the values into its `{names}`. Never raises: a missing value stays `{name}`."""
        if isinstance(message, Said):
            return self(message.template, **message.values)
        if values:
            values = {
                name: self(value) if isinstance(value, Said) else value for name, value in values.items()
            }
        return _fill(self._catalogue.gettext(message) if message else "", values)

    def plural(self, one: str, many: str, n: int, /, **values: object) -> str:
        """Translate with the form that `n` asks for; `{n}` is the number as people write it."""
        text = self._catalogue.ngettext(one, many, abs(n))
        return _fill(text, {"n": self.number(n), **values})

    def money(self, cents: int) -> str:
        """Cents as people write them: 4590 gives "45,90 €" with no-break spaces in French, "€45.90" in English."""
        return _money(self._locale, self.currency, self.sign == self.currency, cents)

    def number(self, n: int) -> str:
        """An integer with its thousands apart."""
        return _number(self._locale, n)

    def decimal(self, units: int, places: int) -> str:
        """`units` of the last of `places` decimals: 125 with two is 1.25, or 1,25 in French."""
        return _decimal(self._locale, units, places)

    def date(self, day: datetime.date) -> str:
        """A whole date: 08/11/2026."""
        return _day(self._locale, day, "dd/MM/yyyy")

    def weekday(self, day: datetime.date) -> str:
        """The name of a day's weekday: Saturday, samedi."""
        return _day(self._locale, day, "EEEE")

    def time(self, moment: datetime.datetime) -> str:
        """Hours and minutes of a moment that is already in store time: 14:32."""
        return f"{moment:%H:%M}"


@lru_cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The compiled catalogue of a language; an empty one when the file is missing or broken."""
    try:
        return gettext.translation(DOMAIN, str(FOLDER), [language])
    except (OSError, ValueError, UnicodeError):
        return gettext.NullTranslations()


class _Kept(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


def _fill(text: str, values: dict[str, object]) -> str:
    if not values:
        return text
    try:
        return text.format_map(_Kept(values))
    except (ValueError, LookupError, AttributeError, TypeError):
        return text


# Babel reads its tables on first use, after the first paint.


@lru_cache(4096)
def _money(locale: str, currency: str, coded: bool, cents: int) -> str:
    from babel import Locale
    from babel.numbers import format_currency

    pattern = Locale.parse(locale).currency_formats["standard"].pattern
    if coded:  # a code keeps its distance from the digits
        pattern = pattern.replace("¤", "¤¤").replace("¤¤#", "¤¤\u00a0#")
    return format_currency(Decimal(cents).scaleb(-2), currency, pattern, locale=locale)


@lru_cache(64)
def _sign(locale: str, currency: str) -> str:
    from babel.numbers import get_currency_symbol

    return get_currency_symbol(currency, locale=locale)


@lru_cache(4096)
def _number(locale: str, n: int) -> str:
    from babel.numbers import format_decimal

    return format_decimal(n, locale=locale)


@lru_cache(4096)
def _decimal(locale: str, units: int, places: int) -> str:
    from babel.numbers import format_decimal

    return format_decimal(Decimal(units).scaleb(-places), "#,##0." + "0" * places, locale=locale)


@lru_cache(1024)
def _day(locale: str, day: datetime.date, pattern: str) -> str:
    from babel.dates import format_date

    return format_date(day, pattern, locale=locale)
