"""Looking into the folder again and again: whole files are read, their tickets recorded, and the files put away."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from pos_app.headless.answers import Answer, recorded, returned_before
from pos_app.headless.inbox.folder import DONE, REFUSED, BadFolder, Folder, Opened, Seen
from pos_app.headless.inbox.formats import read
from pos_app.headless.inbox.ticket import Finished, Wrong, job_of
from pos_app.headless.input import Refused
from pos_app.headless.remote import Hand
from pos_app.languages.words import Words
from pos_app.till.finished import Brought, Told, is_passing, record, take_back
from pos_app.till.parts import words_of
from pos_app.till.till import Till
from rules.sentences import mark, sentence_of
from sync.sqlite_driver import DatabaseError
from sync.till.errors import StoreError
from sync.till.events import Pulled

LOOK_S = 1.0
STOP_S = 15.0
# A file that cannot be read may be one that is still being written: so long it is waited for without a change.
PATIENCE_MS = 10_000
LOOK_AT_REFUSED = mark("A register's tickets were refused: read why in the folder {port}.")
log = logging.getLogger("assidu.register")


def _fault(error: Exception, words: Words) -> Answer:
    sentence = words(
        "The till could not do this ({fault}): deliver it again, then call support.",
        fault=type(error).__name__,
    )
    return {"ok": False, "code": "fault", "sentence": sentence}


def _line(told: Answer) -> str:
    """The sentence of a ticket with its number, which some sentences begin with."""
    number, sentence = told.get("number", ""), told["sentence"]
    return sentence if not number or sentence.startswith(number) else f"{number}: {sentence}"


class Later(Exception):
    """The till cannot record now: the file stays where it is."""


class Inbox:
    """The watched folder of a till. `look` is one look; `start` looks every second from a thread of its own."""

    def __init__(self, folder: Folder, hand: Hand, *, shown: str) -> None:
        """`shown` is the name of the folder for the screen."""
        self._folder = folder
        self._hand = hand
        self._till: Till = hand.till
        self._shown = shown
        self._seen: dict[Seen, int] = {}
        self._said = ""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)

    def start(self) -> None:
        """Look from now on."""
        self._thread.start()

    def stop(self) -> None:
        """End; a ticket under way is recorded or not, its file stays until the next start if not."""
        self._over.set()
        self._thread.join(STOP_S)

    def look(self) -> None:
        """Read every file that has not changed since the last look."""
        try:
            with self._folder.opened() as folder:
                self._look(folder)
                waits = folder.refused()
            self._say(LOOK_AT_REFUSED if waits else "")
        except BadFolder as error:
            self._say(str(error))

    @property
    def _words(self) -> Words:
        return words_of(self._till.state.language)

    def _look(self, folder: Opened) -> None:
        now = self._till.parts.clock.mono_ms()
        files = folder.files()
        self._seen = {one: self._seen.get(one, now) for one in files}
        for one in files:
            if self._over.is_set():
                return
            age = now - self._seen[one]
            if age > 0:
                try:
                    self._take(folder, one, patient=age < PATIENCE_MS)
                except Later:
                    return

    def _take(self, folder: Opened, seen: Seen, *, patient: bool) -> None:
        try:
            tickets = read(Path(seen.name).suffix.lower(), folder.read(seen))
        except OSError:
            raise  # of the folder, not of this file
        except Refused as refused:
            if patient and refused.code in ("bad_json", "bad_csv", "bad_xml"):
                return
            sentence = self._words(sentence_of(refused))
            self._put_away(folder, seen, [{"ok": False, "code": refused.code, "sentence": sentence}])
        except Exception as error:  # noqa: BLE001 - one file must not keep the others waiting for ever
            self._put_away(folder, seen, [_fault(error, self._words)])
        else:
            self._put_away(folder, seen, [self._record(one) for one in tickets])

    def _put_away(self, folder: Opened, seen: Seen, answers: list[Answer]) -> None:
        wrong = [one for one in answers if not one["ok"]]
        told = [one for one in answers if "sentence" in one]
        beside = {
            ".answer.json": msgspec.json.format(msgspec.json.encode({"tickets": answers}, order="sorted"))
        }
        if told:
            lines = [_line(one) for one in told]
            beside[".why.txt"] = "".join(f"{line}\n" for line in lines).encode()
        stamp = self._till.parts.clock.wall_ms()
        folder.put_away(seen, REFUSED if wrong else DONE, stamp, beside)
        self._till.parts.crash("inbox_moved")

    def _record(self, one: Finished | Wrong) -> Answer:
        """What became of one ticket. Raises Later."""
        if isinstance(one, Wrong):
            number = {"number": one.number} if one.number else {}
            return {
                **number,
                "ok": False,
                "code": one.why.code,
                "sentence": self._words(sentence_of(one.why)),
            }
        parts = self._till.parts
        job = job_of(parts, one)
        try:
            told = self._hand.do(lambda: self._done(job))
        except (Refused, StoreError, DatabaseError) as busy:
            raise Later from busy
        except Exception as error:  # noqa: BLE001 - one ticket must not keep the others waiting for ever
            return {"number": one.number, **_fault(error, self._words)}
        parts.crash("inbox_recorded")
        refusal = told.refusal
        if refusal is not None:
            if is_passing(refusal):
                raise Later
            return {"number": one.number, "ok": False, "code": refusal.code, "sentence": refusal.text}
        answer = recorded(told.result) if told.result else None
        if isinstance(job, Brought):
            answer = answer or returned_before(parts, job.name)
        bare = {} if told.bare is None else {"code": told.bare.code, "sentence": told.bare.text}
        return {"number": one.number, "ok": True, "again": told.again, "recorded": answer, **bare}

    def _done(self, job: object) -> Told:
        """On the till's own thread."""
        till = self._till
        take: Callable[..., Told] = take_back if isinstance(job, Brought) else record
        told = take(till.parts, till.state, job)
        if told.member is not None:
            till.heard(Pulled((told.member,), config=False, dispositions=()))
        if told.bare is not None and not told.again and till.state.question is None:
            till.tell("sold_bare")
        return told

    def _say(self, sentence: str) -> None:
        """Let the screen say what is wrong with the folder, or no longer."""
        if sentence != self._said:
            self._said = sentence
            self._till.device("register", sentence, port=self._shown)

    def _run(self) -> None:
        while not self._over.wait(LOOK_S):
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 - one bad look must not end the watch for ever
                log.error("the folder of a register: %s", type(error).__name__)
