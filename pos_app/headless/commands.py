"""Every command by its name, and how one begins and goes on: always on the till's own thread."""

from pos_app.headless import member, sale, whole
from pos_app.headless.answers import Answer
from pos_app.headless.input import Refused
from pos_app.headless.protocol import Steps, Wait, read
from pos_app.headless.session import Do, Session
from rules.sentences import said

COMMANDS: dict[str, Do] = {**sale.COMMANDS, **member.COMMANDS, **whole.COMMANDS}
# These only look: what the cashier is being told stays on the screen.
LOOKS = frozenset({"state", "explain", "tickets", "receipt", "sync"})


def begin(session: Session, data: bytes) -> Answer | Steps:
    """Begin the command in `data`: its answer, or the steps it takes. Raises Refused."""
    command = read(data)
    do = COMMANDS.get(command.do)
    if do is None:
        names = ", ".join(sorted(COMMANDS))
        raise Refused("unknown_command", said("There is no such command: send one of {names}.", names=names))
    if command.do not in LOOKS:
        session.till.dismiss()
    return do(session, command)


def only_looks(data: bytes) -> bool:
    """Whether the command in `data` changes nothing, so that it need not wait for its turn."""
    try:
        return read(data).do in LOOKS
    except Refused:
        return False


def go_on(steps: Steps) -> Answer | Wait:
    """The next step of a command: its answer, or what it waits for. Raises Refused."""
    try:
        return next(steps)
    except StopIteration as end:
        answer: Answer = end.value
        return answer
