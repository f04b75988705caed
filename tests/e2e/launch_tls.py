"""The real ledger over HTTPS on a moved clock: launch_tls.py DB PORT SHOP CLOCK CERTIFICATE KEY [STORE=TILL …]."""

import sys
from pathlib import Path

from sync.ledger.codes import NewTill
from sync.ledger.serve import Stop, Tls, announce_on_stdout, log_to_stderr, serve
from tests.e2e.moved_clock import MovedClock

db, port, shop, clock, certificate, key, *tills = sys.argv[1:]
log_to_stderr()
serve(
    Path(db),
    "127.0.0.1",
    int(port),
    shop=Path(shop),
    announce=announce_on_stdout,
    stop=Stop(),
    tills=tuple(NewTill(*till.split("=")) for till in tills),
    clock=MovedClock(Path(clock)),
    tls=Tls(Path(certificate), Path(key)),
)
