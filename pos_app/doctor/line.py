"""The way to the ledger: whether it answers, and until when its certificate holds."""

import contextlib
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from pos_app.doctor.finding import Finding, fault, good, look
from rules.sentences import said, sentence_of
from sync.till.tls import BadAuthority, trusting

PATIENCE_S = 5.0
SOON_DAYS = 30
APART_MIN = 10


def ledger(url: str, authority: str, now: datetime) -> Iterator[Finding]:
    """What the ledger at `url` answers at `now` (UTC); `authority` is the file of the chain's own, "" for none."""
    name = said("ledger")
    if not url:
        yield look(name, said("No ledger is known: pair the till."))
        return
    try:
        trusted = trusting(Path(authority) if authority else None)
    except BadAuthority as error:
        yield fault(said("certificate"), sentence_of(error))
        return
    try:
        answer = httpx.get(f"{url}/ready", timeout=PATIENCE_S, trust_env=False, verify=trusted)
    except httpx.InvalidURL:
        yield fault(name, said("{url} is no address: write it as https://HOST:PORT.", url=url))
        return
    except httpx.TransportError:
        yield fault(name, said("{url} gives no answer: check the network cable and the address.", url=url))
    else:
        if answer.status_code == httpx.codes.OK:
            yield good(name, said("{url} answers and is ready", url=url))
        else:
            yield fault(name, said("{url} answers but is not ready: look into its log.", url=url))
        yield from _its_clock(answer.headers.get("date", ""), now)
    if url.startswith("https://"):
        yield from _certificate(url, trusted, now)


def _its_clock(date: str, now: datetime) -> Iterator[Finding]:
    """How far this machine's clock is from the ledger's, which says it with every answer."""
    with contextlib.suppress(ValueError):
        minutes = round((now - parsedate_to_datetime(date)).total_seconds() / 60)
        if abs(minutes) >= APART_MIN:
            text = said("It is {minutes} minutes from the ledger's: set one of them.", minutes=abs(minutes))
            yield look(said("clock"), text)


def _certificate(url: str, trusted: ssl.SSLContext, now: datetime) -> Iterator[Finding]:
    parts, name = urlsplit(url), said("certificate")
    host = parts.hostname or ""
    try:
        with (
            socket.create_connection((host, parts.port or 443), PATIENCE_S) as plain,
            trusted.wrap_socket(plain, server_hostname=host) as line,
        ):
            shown = line.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        yield fault(
            name,
            said(
                "It is not believed ({told}, code {code}): check clock, address and --ca.",
                told=error.verify_message,
                code=error.verify_code,
            ),
        )
        return
    except OSError:
        return
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
    left = (ends - now).days
    told = said("good until {day}", day=ends.date())
    yield (
        look(name, said("It ends on {day}: renew it.", day=ends.date()))
        if left < SOON_DAYS
        else good(name, told)
    )
