"""Running the ledger: one process, one database, one listening socket, a clean stop."""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import msgspec
import uvicorn
from uvicorn.loops.auto import auto_loop_factory

from rules.sentences import said
from sync.clock import Clock
from sync.ledger.app import make_app
from sync.ledger.codes import NewTill
from sync.ledger.database import Database, Postgres
from sync.ledger.live import Wakes
from sync.ledger.open import open_ledger, server_seed
from sync.ledger.operation import address_file
from sync.ledger.rounds import rounds
from sync.ledger.service import Ledger
from sync.ledger.shop import Shop, read_shop
from sync.ledger.shop_files import ShopFault
from sync.ledger.shop_publish import publish_shop, worst_cases

T = TypeVar("T")
GRACE_S = 3
BACKLOG = 2048
log = logging.getLogger("assidu.ledger")


class CannotServe(Exception):
    """The ledger cannot start; the text is one sentence that says what to do."""


class Listening(msgspec.Struct, frozen=True):
    """Where the ledger listens, and the pairing codes that were asked for, in order."""

    url: str
    codes: tuple[str, ...] = ()


class Stop:
    """Asks a running ledger to stop, from any thread or signal handler, also before it listens."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = False
        self._stop: Callable[[], None] | None = None

    def __call__(self) -> None:
        """Stop after the requests in flight, at the latest after three seconds."""
        with self._lock:
            self._asked = True
            stop = self._stop
        if stop is not None:
            stop()

    def attach(self, stop: Callable[[], None]) -> None:
        """From now on `stop` does it."""
        with self._lock:
            self._stop = stop
            asked = self._asked
        if asked:
            stop()


class Tls(msgspec.Struct, frozen=True):
    """PEM files of the ledger's certificate (with those between it and its authority) and of its private key."""

    certificate: Path
    key: Path


def serve(
    database: Database,
    host: str,
    port: int,
    *,
    shop: Path | None,
    announce: Callable[[Listening], None],
    stop: Stop,
    tills: Sequence[NewTill] = (),
    clock: Clock | None = None,
    tls: Tls | None = None,
) -> None:
    """Run a ledger on `database` until `stop`, SIGTERM or SIGINT.

    With `tls` it speaks HTTPS only. `port` 0 takes a free one; `announce` is called once, with the real address, when
    requests are served. `shop` is a shop folder to publish first; without a `clock` the machine's own is used. A folder
    with faults is not published: they are logged, and the ledger goes on with what was published before. Raises
    CannotServe, or ShopFault where there is nothing to go on with.
    """
    folder = _read(shop, database) if shop is not None else None
    if tls is not None:
        _check(tls)
    with _listen(host, port) as listener:
        run(
            _serve(
                database,
                listener,
                clock=clock,
                shop=folder,
                announce=announce,
                stop=stop,
                tills=tills,
                tls=tls,
            )
        )


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on the event loop that the server likes best: uvloop, where there is one."""
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        return runner.run(work)


def _check(tls: Tls) -> None:
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(tls.certificate, tls.key)
    except (OSError, ValueError) as error:
        raise CannotServe(
            said(
                "{certificate} and {key} are no certificate and its key ({error}): give PEM files.",
                certificate=tls.certificate.name,
                key=tls.key.name,
                error=error,
            )
        ) from None


def _read(folder: Path, database: Database) -> Shop | ShopFault:
    try:
        return read_shop(folder)
    except ShopFault as fault:
        if isinstance(database, Postgres) or database.exists():
            return fault
        raise


async def _go_on_without(ledger: Ledger, fault: ShopFault) -> None:
    """Log every fault of a shop folder that is not published. Raises ShopFault where no programme is in force."""
    if not await ledger.has_programme():
        raise fault
    for text in fault.all:
        log.error(msgspec.json.encode({"event": "shop_refused", "text": text}).decode())
    going_on = (
        "nothing of this shop folder was published, the files published before stay in force: correct it."
    )
    log.error(msgspec.json.encode({"event": "shop_refused", "text": going_on}).decode())


def announce_on_stdout(listening: Listening) -> None:
    """One JSON line on standard output: {"url": …, "codes": […]}."""
    sys.stdout.write(msgspec.json.encode(listening).decode() + "\n")
    sys.stdout.flush()


def log_to_stderr() -> None:
    """Log lines of the ledger, one JSON object each, go to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine())
    for name, level in (("assidu.ledger", logging.INFO), ("uvicorn", logging.ERROR)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(level)


class _OneLine(logging.Formatter):
    """JSON lines as they are; anything else as an event, without a traceback, which could hold what was sent."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON that begins with its time (UTC)."""
        at = f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:23] + "Z"
        return f'{{"at":"{at}",{self._line(record)[1:]}'

    @staticmethod
    def _line(record: logging.LogRecord) -> str:
        if record.name.startswith("assidu.") and record.getMessage().startswith("{"):
            return record.getMessage()
        line = {
            "event": "server",
            "level": record.levelname,
            "text": record.getMessage().splitlines()[0][:200],
        }
        return msgspec.json.encode(line).decode()


@contextlib.contextmanager
def _listen(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        raise CannotServe(
            said(
                "cannot listen on {host}:{port} ({error}): choose another address with --listen.",
                host=host,
                port=port,
                error=error,
            )
        ) from None
    with listener:
        yield listener


def _url(listener: socket.socket, tls: Tls | None) -> str:
    host, port = listener.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    return f"http{'s' if tls else ''}://{name}:{port}"


async def _serve(
    database: Database,
    listener: socket.socket,
    *,
    clock: Clock | None,
    shop: Shop | ShopFault | None,
    announce: Callable[[Listening], None],
    stop: Stop,
    tills: Sequence[NewTill],
    tls: Tls | None,
) -> None:
    ledger = await open_ledger(database, clock)
    try:
        if isinstance(shop, ShopFault):
            await _go_on_without(ledger, shop)
        elif shop is not None:
            await publish_shop(ledger, shop)
            for text in await worst_cases(ledger, shop):
                log.warning(msgspec.json.encode({"event": "overrun", "text": text}).decode())
        codes = tuple([await ledger.make_pairing_code(till.store, till.till) for till in tills])
        wakes = Wakes(ledger)
        server = _Server(make_app(ledger, server_seed(database), wakes), wakes, tls)
        listening = Listening(_url(listener, tls), codes)
        with _signals(stop), address_file(database, listening.url):
            stop.attach(server.stopper())
            async with rounds(ledger):
                _say("begun", epoch=ledger.epoch)
                await server.run_on(listener, lambda: announce(listening))
            _say("stopped")
    finally:
        await ledger.close()


def _say(event: str, **facts: object) -> None:
    log.info(msgspec.json.encode({"event": event} | facts).decode())


class _Server(uvicorn.Server):
    """uvicorn without its signal handling: streams are ended first, and the exit status stays ours."""

    def __init__(self, app: object, wakes: Wakes, tls: Tls | None) -> None:
        super().__init__(
            uvicorn.Config(
                app,  # type: ignore[arg-type]
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=GRACE_S,
                timeout_keep_alive=75,
                ssl_certfile=None if tls is None else tls.certificate,
                ssl_keyfile=None if tls is None else tls.key,
            )
        )
        self._wakes = wakes

    def stopper(self) -> Callable[[], None]:
        """A function that stops this server from any thread."""
        loop = asyncio.get_running_loop()

        def stop_now() -> None:
            self.should_exit = True
            self._wakes.close()

        def ask() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: it has stopped already
                loop.call_soon_threadsafe(stop_now)

        return ask

    async def run_on(self, listener: socket.socket, ready: Callable[[], None]) -> None:
        """Serve `listener` until stopped; `ready` is called once requests are accepted."""
        self._ready = ready
        await self._serve([listener])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept requests, then say so."""
        await super().startup(sockets=sockets)
        gc.freeze()  # what is there now stays: the garbage collector need not go through it for every few requests
        self._ready()


@contextlib.contextmanager
def _signals(stop: Stop) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop()

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
