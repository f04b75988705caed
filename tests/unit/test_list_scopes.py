"""Which list of members a till has: all of the chain, its region, or none but its store's own."""

from collections.abc import Iterator

import httpx

from sync.snapshot import NO_REGION, REGION
from sync.thin import ThinMember, ThinNews
from sync.till import index
from sync.till.cursors import cursors
from sync.wire import Refusal
from tests.unit.centre_kit import Centre, connect, in_use, seen, step
from tests.unit.client_bench import Bench


def test_a_shop_that_wants_its_own_members_alone_lets_the_others_go(bench: Bench, centre: Centre) -> None:
    """`cache_scope = store`: no file, no changes, nothing asked."""
    centre.offer(10, 5)
    step(bench)
    asked = len(bench.script.asked)
    connect(bench, "store")
    step(bench)
    assert seen(bench) is None
    assert not list(bench.store.folder.glob("members-*"))
    assert len(bench.script.asked) == asked


def test_a_shop_that_wants_its_region_alone_has_another_list(bench: Bench, centre: Centre) -> None:
    """Its own file and cursor, however old; changes of the list before it do not stay beside it."""
    centre.offer(10, 9)
    step(bench)
    centre.news[9] = (
        ThinNews((ThinMember(7, 11, "", 0, 0, pos=12), ThinMember(8, 1, "", 0, 0, pos=12)), ()),
        12,
    )
    step(bench)
    connect(bench, "region")
    centre.offer(20, 5, scope="paris-1")
    step(bench, 12)
    assert (seen(bench), in_use(bench)) == ((20, "gold"), 5)
    assert index.count_changes(bench.store.reader()) == 0
    centre.news[5] = ThinNews((ThinMember(7, 21, "", 0, 0, pos=6),), ()), 6
    step(bench)
    assert seen(bench) == (21, "")
    assert [(one.bucket, one.pos) for one in cursors(bench.store.reader())] == [("thin:paris-1", 6)]
    connect(bench, "all")
    step(bench, 12)
    assert (seen(bench), in_use(bench)) == ((11, ""), 9)


def test_a_region_with_other_stores_is_fetched_anew(bench: Bench, centre: Centre) -> None:
    """The ledger does not know the list's name any more: the new one takes over, however old it is."""
    connect(bench, "region")
    centre.offer(20, 5, scope="paris-1")
    step(bench)
    centre.former.add("thin:paris-1")
    centre.offer(30, 4, scope="paris-2")
    step(bench, 12)
    assert (seen(bench), in_use(bench)) == ((30, "gold"), 4)


def test_a_list_of_another_kind_is_refused(bench: Bench, centre: Centre) -> None:
    """All members where the region was asked for, or half fetched before the till was set to its region."""
    connect(bench, "region")
    centre.offer(20, 5, which=REGION)
    step(bench)
    assert seen(bench) is None
    connect(bench, "all")
    centre.offer(10, 5)
    step(bench, 1)
    assert (bench.store.folder / "incoming" / "manifest").exists()
    connect(bench, "region")
    centre.offer(30, 4, scope="paris-1")
    step(bench, 12)
    assert seen(bench) == (30, "gold")


def test_a_store_without_a_region_is_told(bench: Bench, centre: Centre) -> None:
    """The ledger's sentence stands where the bar would, until there is a region; the till goes on without a list."""
    connect(bench, "region")
    said = "This store is in no region: name one in shop.toml, or set cache_scope to store."
    bench.script.handlers["/snapshot/region"] = lambda request: Refusal(NO_REGION, said)
    step(bench)
    told = bench.client.state()
    assert told.loading is not None
    assert told.loading.refused == said
    centre.offer(20, 5, scope="paris-1")
    step(bench, 12)
    assert (seen(bench), bench.client.state().loading) == ((20, "gold"), None)


def test_the_time_that_is_left_is_told_within_a_part(bench: Bench, centre: Centre) -> None:
    """A part takes minutes on a slow line, and a small shop's list has one."""
    centre.offer(10, 5)
    told: list[int | None] = []

    class Slowly(httpx.SyncByteStream):
        def __init__(self, data: bytes) -> None:
            self.data = data

        def __iter__(self) -> Iterator[bytes]:
            for at in range(0, len(self.data), len(self.data) // 4):
                bench.clock.now += 10_000
                yield self.data[at : at + len(self.data) // 4]
                loading = bench.client.state().loading
                assert loading is not None
                told.append(loading.rest_s)

    bench.script.handlers["/blob/"] = lambda request: httpx.Response(
        200, stream=Slowly(centre.blobs[request.url.path])
    )
    step(bench)
    assert told[:3] == [30, 20, 10]
