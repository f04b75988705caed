"""Crashes of a till: one till lives on through all of them, beside one ledger that never stops."""

from typing import Any

import msgspec

from tests.crash.acts_line import PairFirst
from tests.crash.chain import Chain
from tests.crash.process import Ended, Fault


class Survey(msgspec.Struct, frozen=True):
    """The points of an act, what was committed at each, and at the end."""

    points: tuple[str, ...]
    there: list[Any]
    final: Any

    def allows(self, fault: Fault, there: Any) -> bool:
        """Whether this may be there after such a crash: what was committed, and with a torn write what is next."""
        if bool(there) == bool(self.there[fault.at]):
            return True
        return fault.kind == "torn" and bool(there) == bool(self.final)


class TillChain(Chain):
    """A till that is started again and again."""

    def survey(self, name: str) -> Survey:
        """The act without a crash."""
        if name == PairFirst.name:
            self.new_disk()
        till = self.start_till()
        try:
            memo = till.ask(name, "prepare", self.given(name))
            found = Survey(*till.ask(name, "act", memo, None))
        finally:
            till.end()
        problems = self._after(name, memo)
        assert not problems, f"{name} without a crash: {problems}"
        assert found.final, f"{name} is not done without a crash"
        return found

    def crash(self, name: str, fault: Fault, survey: Survey) -> list[str]:
        """The act with a crash, the next start, the act again, and everything that is wrong after it."""
        try:
            problems = self._crash(name, fault, survey)
        except (AssertionError, Ended) as error:
            problems = [f"{type(error).__name__}: {error}"]
        if problems:
            self.renew()
        return problems

    def _crash(self, name: str, fault: Fault, survey: Survey) -> list[str]:
        power = fault.kind != "kill"
        if name == PairFirst.name:
            self.new_disk()
        till = self.start_till(watched=power)
        try:
            memo = till.ask(name, "prepare", self.given(name))
            till.ask(name, "act", memo, self.to_cut(fault))
        except Ended:
            pass
        else:
            return [f"point {fault.at} was not met"]
        finally:
            till.end()
        if power:
            self.take_cut(self.disk)
            self.boot += 1
        return self._after(name, memo, survey, fault)

    def _after(
        self, name: str, memo: Any, survey: Survey | None = None, fault: Fault | None = None
    ) -> list[str]:
        """Start, look, do it again, send everything, and compare till and ledger."""
        till = self.start_till()
        problems = []
        try:
            there = till.ask(name, "there", memo)
            if survey is not None and fault is not None and not survey.allows(fault, there):
                problems.append(f"after the crash the act is {there or 'not there'}")
            again = till.ask(name, "again", memo)
            if not again:
                problems.append("done again it is not there")
            elif there and again != there:
                problems.append(f"done again it is {again}, it was {there}")
            return problems + self.compare(till)
        finally:
            till.end()
