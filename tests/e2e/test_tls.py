"""HTTPS: an authority of the chain's own, a till whose clock is years off, and somebody in between."""

import ipaddress
import secrets
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pos_app.cli.main import main
from pos_app.lines import Lines
from sync.ledger.serve import Listening
from sync.till.client import Client
from sync.till.cursors import sync_state
from sync.till.identity import Identity
from sync.till.offline import OfflineReason
from sync.till.pair import PairingFailed, pair
from tests.e2e.ledger_process import write_shop
from tests.e2e.moved_clock import MovedClock
from tests.e2e.till_side import TillSide

NOW = datetime.now(UTC).replace(microsecond=0)
AHEAD = NOW + timedelta(days=4 * 365)  # the ledger's time, if it is the till's clock that is wrong
DAY = timedelta(days=1)


class Authority:
    """Signs certificates for 127.0.0.1; `file` is its own."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = folder / f"{name}.pem"
        made = self._builder(self.name, self.key, NOW - 30 * 365 * DAY, NOW + 30 * 365 * DAY)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self._write(self.file, made)

    def certificate(self, first: datetime, last: datetime, host: str = "127.0.0.1") -> tuple[Path, Path]:
        """A certificate for `host` and its key, as PEM files."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._builder(x509.Name([]), key, first, last).add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=True
        )
        file = self.folder / f"{secrets.token_hex(4)}.pem"
        self._write(file, made)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.with_suffix(".key").write_bytes(pem)
        return file, file.with_suffix(".key")

    def _builder(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, first: datetime, last: datetime
    ) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder().subject_name(name).issuer_name(self.name)
        made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
        return made.not_valid_before(first).not_valid_after(last)

    def _write(self, file: Path, made: x509.CertificateBuilder) -> None:
        file.write_bytes(made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


@contextmanager
def ledger(folder: Path, pem: tuple[Path, Path], at: datetime, port: int = 0) -> Iterator[Listening]:
    """A ledger process whose clock says `at`."""
    if not (folder / "shop").exists():
        folder.mkdir(exist_ok=True)
        write_shop(folder / "shop")
    MovedClock(folder / "clock").start_at(int(at.timestamp() * 1000))
    command = [sys.executable, "-m", "tests.e2e.launch_tls", str(folder / "ledger.db"), str(port)]
    command += [str(folder / "shop"), str(folder / "clock"), str(pem[0]), str(pem[1]), "halles=t"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1].decode()
        yield msgspec.json.decode(line, type=Listening)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


@pytest.fixture
def till(tmp_path: Path) -> Iterator[TillSide]:
    side = TillSide(tmp_path / "till")
    try:
        yield side
    finally:
        side.close()


def paired(till: TillSide, at: Listening, authority: Authority | None) -> Identity:
    """Pair over HTTPS."""
    line = lines(till, authority).for_code(at.url, at.codes[0])
    return pair(at.url, at.codes[0], till.writer, secrets.token_bytes, till.clock.mono_ms, transport=line)


def lines(till: TillSide, authority: Authority | None) -> Lines:
    """As the till makes them."""
    file = str(authority.file) if authority is not None else ""
    return Lines(file, till.writer, till.clock, secrets.token_bytes)


def pushed(till: TillSide, authority: Authority) -> OfflineReason | None:
    """One push over HTTPS; why it failed."""
    who = till.identity
    client = Client(
        till.store,
        till.writer,
        who,
        till.clock,
        secrets.token_bytes,
        till.events.put,
        transport=lines(till, authority).to(who),
    )
    till.client = client
    client.push.step(till.clock.mono_ms())
    return client.state().reason


def test_an_authority_of_the_chains_own(tmp_path: Path, till: TillSide) -> None:
    """With its file the till pairs and pushes; without it, or with another's, nobody is believed."""
    ours, other = Authority(tmp_path), Authority(tmp_path, "other")
    with ledger(tmp_path / "ledger", ours.certificate(NOW - DAY, NOW + DAY), NOW) as at:
        for stranger in (None, other):
            with pytest.raises(PairingFailed) as refused:
                paired(till, at, stranger)
            assert refused.value.code == "unreachable"
        db = str(tmp_path / "ledger" / "ledger.db")
        done = CliRunner().invoke(main, ["ledger", "pair", "--db", db, "--store", "halles", "--json"])
        assert done.exit_code == 0, done.output  # the owner's commands reach it too
        paired(till, at, ours)
        till.write(3)
        assert pushed(till, ours) is None
        assert till.accepted() == 3


def test_a_clock_years_off_still_syncs(tmp_path: Path, till: TillSide) -> None:
    """The certificate is in force by the ledger's signed time: the till asks once, and entries are placed by it."""
    ours = Authority(tmp_path)
    with ledger(tmp_path / "ledger", ours.certificate(AHEAD - DAY, AHEAD + DAY), AHEAD) as at:
        paired(till, at, ours)
        till.write(2)
        assert pushed(till, ours) is None
        assert till.accepted() == 2
        state = sync_state(till.store.reader())
        assert state.anchor is not None
        assert abs(state.anchor.server_time_ms - AHEAD.timestamp() * 1000) < 120_000
    with sqlite3.connect(tmp_path / "ledger" / "ledger.db") as books:
        sold = [ms for (ms,) in books.execute("SELECT sold_ms FROM inbox")]
    assert len(sold) == 2
    assert all(abs(ms - AHEAD.timestamp() * 1000) < 120_000 for ms in sold)


def test_only_the_dates_are_forgiven(tmp_path: Path, till: TillSide) -> None:
    """A certificate that is not in force by the ledger's time either, or of another host or authority, is refused."""
    ours, other = Authority(tmp_path), Authority(tmp_path, "other")
    bad = (
        ours.certificate(AHEAD + 5 * DAY, AHEAD + 6 * DAY),
        ours.certificate(AHEAD - DAY, AHEAD + DAY, host="127.0.0.9"),
        other.certificate(AHEAD - DAY, AHEAD + DAY),
    )
    for n, pem in enumerate(bad):
        with ledger(tmp_path / f"ledger{n}", pem, AHEAD) as at, pytest.raises(PairingFailed) as refused:
            paired(till, at, ours)
        assert refused.value.code == "unreachable"


@pytest.mark.parametrize("at_time", [NOW, AHEAD], ids=["clock right", "clock wrong"])
def test_somebody_in_between_with_a_trusted_certificate(
    tmp_path: Path, till: TillSide, at_time: datetime
) -> None:
    """The machine trusts the authority, the certificate is good, and still nobody else is taken for the ledger."""
    ours = Authority(tmp_path)
    pem = ours.certificate(at_time - DAY, at_time + DAY)
    with ledger(tmp_path / "ledger", pem, at_time) as at:
        paired(till, at, ours)
        port = int(at.url.rsplit(":", 1)[1])
    till.write(1)
    with ledger(tmp_path / "thief", pem, at_time, port) as thief:
        assert pushed(till, ours) is (
            OfflineReason.WRONG_KEY if at_time is NOW else OfflineReason.UNREACHABLE
        )
        assert till.accepted() == 0
        blank = TillSide(tmp_path / "blank")
        try:
            with pytest.raises(PairingFailed) as refused:
                paired(blank, Listening(thief.url, at.codes), ours)
        finally:
            blank.close()
        assert refused.value.code == ("wrong_key" if at_time is NOW else "unreachable")


def test_a_certificate_without_its_key(tmp_path: Path) -> None:
    """The command says which files it wants."""
    ours = Authority(tmp_path)
    file, _ = ours.certificate(NOW - DAY, NOW + DAY)
    start = ["ledger", "serve", "--db", str(tmp_path / "x.db"), "--cert", str(file)]
    done = CliRunner().invoke(main, start)
    assert done.exit_code
    assert "--cert-key" in done.output
    done = CliRunner().invoke(main, [*start, "--cert-key", str(ours.file)])
    assert done.exit_code
    assert "PEM" in done.output
