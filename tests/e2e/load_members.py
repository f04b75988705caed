"""A till process that fetches the list of all members: a step for each line it is sent; it answers how far it is."""

import sys
from pathlib import Path

from tests.e2e.till_side import TillSide

till = TillSide(Path(sys.argv[1]))
client = till.connect(cache_scope="all")
for _ in sys.stdin:
    client.everyone.step(10**12)
    loading = client.everyone.loading
    print(0 if loading is None else loading.done, flush=True)
