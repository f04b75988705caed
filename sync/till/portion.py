"""How much is sent or asked for at once: less on a line that does not get it through in time."""

from sync.till.offline import Failure, OfflineReason

LEAST_BYTES = 16 * 1024
_TOO_MUCH = (OfflineReason.SLOW, OfflineReason.UNREACHABLE)


class Portion:
    """`size` in bytes: half after an exchange that took too long or was cut, twice as much after one that was not."""

    def __init__(self, most: int) -> None:
        self._most = self.size = most

    def learn(self, answer: object) -> None:
        """An exchange of this size is over, with an answer or a Failure."""
        if not isinstance(answer, Failure):
            self.size = min(self._most, self.size * 2)
        elif answer.reason in _TOO_MUCH:
            self.size = max(LEAST_BYTES, self.size // 2)
