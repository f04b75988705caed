"""Tills of the benches on loopback: as little of a client as signs a request and reads an answer."""

import asyncio
import os
import resource
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import httpx
import msgspec
from ledger_child import Begun, seed_of

from sync.signing import device_key_id, sign_request
from sync.wire import Cursor, PullAnswer, PullRequest, PushAnswer, pack
from tests.unit.ledger_kit import FakeClock, Shop, TillSim

A = TypeVar("A")
TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """A ledger process, its tills and what it uses."""

    def __init__(self, folder: Path, dsn: str, mode: str, tills: int, members: int) -> None:
        script = str(Path(__file__).with_name("ledger_child.py"))
        command = [sys.executable, script, str(folder), dsn, mode, str(tills), str(members)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self._process.stdout is not None
        self.begun = self._process.stdout.readline()
        begun = msgspec.json.decode(self.begun, type=Begun)
        self.port = begun.port
        self.url = f"http://127.0.0.1:{begun.port}"
        self.clock = FakeClock()
        shop = Shop(None, self.clock, begun.programme)  # type: ignore[arg-type]
        self.tills = [TillSim(shop, paired, seed_of(n)) for n, paired in enumerate(begun.tills)]

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()

    def memory(self) -> int:
        """Bytes of its own memory (PSS)."""
        text = Path(f"/proc/{self._process.pid}/smaps_rollup").read_text()
        return next(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:"))

    def metric(self, name: str) -> int:
        """One of the figures that the ledger gives about itself."""
        text = httpx.get(f"{self.url}/metrics", trust_env=False).text
        return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(f"assidu_{name} "))

    def rest(self) -> None:
        """Wait until it has nothing to do by itself."""
        used = self.processor_s()
        while used + 0.05 < (used := _later(self)):
            pass

    def processor_s(self) -> float:
        """Seconds of processor time it has used."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def _later(process: Process) -> float:
    time.sleep(1)
    return process.processor_s()


@asynccontextmanager
async def serving(folder: Path, dsn: str, mode: str, tills: int, members: int) -> AsyncIterator[Process]:
    """A ledger process while inside."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    folder.mkdir()
    process = await asyncio.to_thread(Process, folder, dsn, mode, tills, members)
    try:
        yield process
    finally:
        process.stop()


class Line:
    """One connection of a till, kept open."""

    def __init__(self, process: Process, till: TillSim) -> None:
        self.till = till
        self._port = process.port

    async def open(self) -> "Line":
        """Connect."""
        self.reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    def close(self) -> None:
        """Hang up."""
        self._writer.close()

    def signed(self, method: str, path: str, body: bytes = b"", accept: str = "") -> bytes:
        """A signed request as it goes over the wire."""
        media = "application/vnd.msgpack"
        headers = {"host": "ledger", "content-type": media, "accept": accept or media}
        paired = self.till.paired
        key, nonce = device_key_id(paired.dev, paired.inc), secrets.token_hex(8)
        signed = sign_request(
            method, path, headers, body, key_id=key, private_key=self.till.seed, nonce=nonce
        )
        lines = [f"{method} {path} HTTP/1.1", *[f"{name}: {value}" for name, value in signed.items()]]
        head = "\r\n".join([*lines, f"content-length: {len(body)}", "", ""])
        return head.encode() + body

    async def ask(self, method: str, path: str, body: bytes = b"", accept: str = "") -> int:
        """Send a signed request and read the head of the answer; its length in bytes, 0 for a stream."""
        return await self._send(self.signed(method, path, body, accept))

    async def exchange(self, request: bytes) -> bytes:
        """The body of the answer to a request that `signed` has made."""
        return await self.reader.readexactly(await self._send(request))

    async def _send(self, request: bytes) -> int:
        self._writer.write(request)
        await self._writer.drain()
        answer = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        assert answer.startswith("http/1.1 200"), answer
        found = [line for line in answer.splitlines() if line.startswith("content-length:")]
        return int(found[0].partition(":")[2]) if found else 0

    async def push(self, limit: int) -> PushAnswer:
        """Send the next entries of the till."""
        body = pack(self.till.request(limit=limit))
        length = await self.ask("POST", "/push", body)
        answer = msgspec.msgpack.decode(await self.reader.readexactly(length), type=PushAnswer)
        return self.till.heard(answer)

    async def pull(self, cursors: tuple[Cursor, ...]) -> PullAnswer:
        """What is new after the cursors."""
        length = await self.ask("POST", "/pull", pack(PullRequest(cursors, 1 << 20)))
        return msgspec.msgpack.decode(await self.reader.readexactly(length), type=PullAnswer)
