"""What a till asks about: its store's figures, a member, a code that it was shown."""

from functools import partial

from litestar import Response, post

from sync.figures import FiguresRequest
from sync.habits import HabitsRequest
from sync.history import HistoryRequest
from sync.ledger.app_messages import ask
from sync.ledger.auth import WebRequest
from sync.ledger.claims import claim
from sync.ledger.habits import member_habits
from sync.ledger.history import member_history
from sync.ledger.member_copy import copy_of
from sync.member_copy import CopyRequest
from sync.shown import ShownRequest


@post("/figures", status_code=200)
async def figures(request: WebRequest) -> Response[bytes]:
    """What a store's manager looks at: a read."""
    return await ask(request, FiguresRequest, request.app.state.chain.figures)


@post("/member/copy", status_code=200)
async def member_copy(request: WebRequest) -> Response[bytes]:
    """A copy of what is kept of one member."""
    return await ask(request, CopyRequest, partial(copy_of, request.app.state.ledger))


@post("/member/history", status_code=200)
async def history(request: WebRequest) -> Response[bytes]:
    """What became of a member's account, for a manager: a read."""
    return await ask(request, HistoryRequest, partial(member_history, request.app.state.ledger))


@post("/member/habits", status_code=200)
async def habits(request: WebRequest) -> Response[bytes]:
    """When a member came last, and what they usually take: a read."""
    return await ask(request, HabitsRequest, partial(member_habits, request.app.state.ledger))


@post("/shown", status_code=200)
async def shown(request: WebRequest) -> Response[bytes]:
    """A phone's code that a till was shown."""
    return await ask(request, ShownRequest, partial(claim, request.app.state.ledger))
