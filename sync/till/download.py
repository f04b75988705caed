"""A snapshot on its way to the till: a folder that outlives a cut or a crash, and is worth nothing until it is whole.

Nothing here is trusted but the signed manifest: a frame counts once its hash is the manifest's, the file once its own
is. What lies half written is cut off or fetched again.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec

from sync.snapshot import FRAME_BYTES, Frame, SnapshotAnswer, is_sound
from sync.thin import inflated
from sync.till import frames
from sync.till.exchange import TROUBLE, Exchange, Reply, failure_of, overloaded, refused, signature_failure
from sync.till.offline import Failure, OfflineReason

FOLDER = "incoming"
TIMEOUT_S = 15.0
REFUSAL_LIMIT = 64 * 1024
BAD = Failure(OfflineReason.BAD_ANSWER)


NextDoor = Callable[[str, int], httpx.Response | None]
"""Asks the neighbours for the rest of a frame (its hash in hex) after so many bytes; None where none has it."""


def nobody(_name: str, _have: int) -> httpx.Response | None:
    """There is no neighbour."""
    return None


class Download:
    """The parts of one snapshot in `folder`."""

    def __init__(self, folder: Path, answer: SnapshotAnswer) -> None:
        self.manifest = answer.manifest
        self.own_seq = answer.own_seq
        self.scope = answer.scope
        self._folder = folder
        self._part = folder / "part"
        self.file = folder / "members.sqlite"
        self.whole = self._cut_off()

    @property
    def frame(self) -> Frame | None:
        """The frame that is fetched next; None when all are here."""
        frames = self.manifest.frames
        return frames[self.whole] if self.whole < len(frames) else None

    @property
    def fetched(self) -> int:
        """Bytes that need not be fetched any more."""
        return sum(frame.size for frame in self.manifest.frames[: self.whole]) + _size(self._part)

    def fetch(
        self,
        exchange: Exchange,
        server_key: bytes,
        heard: Callable[[int], bool],
        next_door: NextDoor = nobody,
        *,
        keep: bool = False,
    ) -> Failure | None:
        """Fetch the rest of the next frame and add it to the file; what came before a cut is kept.

        `heard` is told of the bytes as they come, and says whether to go on. A neighbour is asked first, its word
        counts for nothing but the frame's hash: after a wrong frame the ledger is asked. `keep` it for neighbours.
        """
        frame = self.frame
        assert frame is not None, "there is nothing left to fetch"
        if _size(self._part) < frame.size:
            before = self.whole
            failure = self._from_next_door(frame, heard, next_door, keep=keep)
            if failure is not None or self.whole > before:
                return failure
            failure = self._receive(exchange, server_key, frame, heard)
            if failure is not None:
                return failure
        return self._add(frame, keep=keep)

    def _from_next_door(
        self, frame: Frame, heard: Callable[[int], bool], next_door: NextDoor, *, keep: bool
    ) -> Failure | None:
        """Add the frame as a neighbour has it, if all of it comes and it is right; else nothing of it is kept."""
        have = _size(self._part)
        response = next_door(frame.sha256.hex(), have)
        if response is None:
            return None
        try:
            right = not have or _first_byte(response) == have
            failure = self._write(response, frame.size, heard) if right else BAD
        except TROUBLE as error:
            failure = failure_of(error)
        finally:
            response.close()
        if failure is not None and failure.reason is OfflineReason.STOPPED:
            return failure
        if failure is not None or self._add(frame, keep=keep) is not None:
            self._part.unlink(missing_ok=True)
        return None

    def is_whole(self) -> bool:
        """Whether the file is the one that the ledger signed."""
        with self.file.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest() == self.manifest.sha256

    def move_to(self, path: Path) -> None:
        """Put the file in its place, on the disk for good."""
        self.file.replace(path)
        _sync_folder(path.parent)

    def discard(self) -> None:
        """Forget all of it."""
        for path in (self._folder / "manifest", self._part, self.file):
            path.unlink(missing_ok=True)

    def _receive(
        self, exchange: Exchange, server_key: bytes, frame: Frame, heard: Callable[[int], bool]
    ) -> Failure | None:
        have = _size(self._part)
        request = exchange.signed("GET", f"/blob/{frame.sha256.hex()}", timeout_s=TIMEOUT_S)
        if have:
            request.headers["range"] = f"bytes={have}-"
            request.headers["if-range"] = f'"{frame.sha256.hex()}"'
        response = exchange.open(request)
        if isinstance(response, Failure):
            return response
        try:
            if response.status_code == 200:
                self._part.unlink(missing_ok=True)
            elif not (response.status_code == 206 and _first_byte(response) == have):
                return _no_part(request, response, server_key)
            return self._write(response, frame.size, heard)
        except TROUBLE as error:
            return failure_of(error)
        finally:
            response.close()

    def _write(self, response: httpx.Response, limit: int, heard: Callable[[int], bool]) -> Failure | None:
        with _private(self._part).open("ab") as part:
            for piece in response.iter_raw():
                if part.tell() + len(piece) > limit:
                    break
                part.write(piece)
                if not heard(len(piece)):
                    return Failure(OfflineReason.STOPPED)
            else:
                return None
        self._part.unlink()
        return BAD

    def _add(self, frame: Frame, *, keep: bool) -> Failure | None:
        """Unpack the frame onto the end of the file; a wrong one is thrown away."""
        data = self._part.read_bytes()
        if len(data) < frame.size:
            return Failure(OfflineReason.UNREACHABLE)
        try:
            genuine = hashlib.sha256(data).digest() == frame.sha256
            plain = inflated(data, FRAME_BYTES) if genuine else b""
        except ValueError:
            plain = b""
        if len(plain) != frame.plain:
            self._part.unlink()
            return BAD
        with _private(self.file).open("ab") as file:
            file.write(plain)
            file.flush()
            os.fsync(file.fileno())
        if keep:
            frames.keep(self._folder.parent, self._part, frame.sha256)
        else:
            self._part.unlink()
        self.whole += 1
        return None

    def _cut_off(self) -> int:
        """Cut the file back to its last whole frame; how many it has."""
        size, end, whole = _size(self.file), 0, 0
        for frame in self.manifest.frames:
            if end + frame.plain > size:
                break
            end += frame.plain
            whole += 1
        if size > end:
            os.truncate(self.file, end)
        return whole


def begin(store: Path, answer: SnapshotAnswer) -> Download:
    """Begin to fetch a snapshot, whose manifest has been checked, into the till's folder `store`."""
    folder = store / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    with _private(folder / "manifest").open("wb") as file:
        file.write(msgspec.msgpack.encode(answer))
        file.flush()
        os.fsync(file.fileno())
    return Download(folder, answer)


def resume(store: Path, server_key: bytes) -> Download | None:
    """What was begun before this till was stopped or crashed; None where there is nothing to go on with."""
    folder = store / FOLDER
    try:
        data = (folder / "manifest").read_bytes()
        answer = msgspec.msgpack.decode(data, type=SnapshotAnswer)
    except (OSError, ValueError):
        return None
    return Download(folder, answer) if is_sound(answer.manifest, server_key) else None


def _no_part(request: httpx.Request, response: httpx.Response, server_key: bytes) -> Failure:
    """Why an answer is not the part that was asked for."""
    body = b""
    for piece in response.iter_raw():
        body += piece
        if len(body) > REFUSAL_LIMIT:
            return BAD
    reply = Reply(response.status_code, response.headers, body)
    if reply.status == 429 or reply.status >= 500:
        return overloaded(reply)
    return signature_failure(request, reply, server_key) or (BAD if reply.status < 300 else refused(reply))


def _first_byte(response: httpx.Response) -> int:
    unit, _, rest = response.headers.get("content-range", "").partition(" ")
    first = rest.partition("-")[0]
    return int(first) if unit == "bytes" and first.isascii() and first.isdigit() and len(first) < 16 else -1


def _private(path: Path) -> Path:
    """`path`, made for this user alone if it is not there."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    return path


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _sync_folder(folder: Path) -> None:
    if os.name != "nt":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
