"""Prepared views of every stage, in English and French, for screens tests."""

from datetime import date

import msgspec

from pos_app.till import view as v
from sync.till.loading import Loading
from tests.unit.till_texts import Texts

NO_REGION = "This store is in no region: name one in shop.toml, or set cache_scope to store."


def status(**fields: object) -> v.Status:
    """An online status line."""
    base = v.Status("Lyon 3", "2", "Camille", True, True, "", "", 0, 12, 0, "14:32")
    return msgspec.structs.replace(base, **fields)


def member(t: Texts) -> v.MemberView:
    """A member with every kind of progress."""
    return v.MemberView(
        name="Dominique MARTIN",
        card="4021 ···· 8890",
        tier=t("Gold"),
        tier_since="03/2026",
        member_since="2019",
        balance=1254,
        usable=1208,
        pending=46,
        owed=0,
        unit=t("pts"),
        freshness=t("As of 14:32. Usable now: 1,208 pts."),
        expiring=t("120 pts expire on 31/12"),
        visits=t("22 visits this year"),
        last_visit="08/11/2026",
        known="14:32",
        ways=(
            v.StampCard(t("Coffee"), 7, 8, t("1 left, then free")),
            v.Bar(t("Next reward: 15 € at 1,500"), 1254, 1500, t("246 left")),
            v.Bar(t("Next tier: Platinum by 31/12"), 688, 1000, t("312 € to go")),
        ),
        worth=1000,
        average="43,10 €",
    )


def without_points(t: Texts) -> v.MemberView:
    """A member of a programme of stamps, visits and streaks alone: there is no balance to show."""
    return msgspec.structs.replace(
        member(t),
        has_points=False,
        balance=0,
        usable=0,
        pending=0,
        unit="",
        expiring="",
        vouchers=(t("Birthday pastry: 1 free item until 20/12/2026"),),
        ways=(
            t("1 purchase by 20/12/2026 counts for Bring a friend"),
            v.StampCard(t("Coffee"), 7, 8, t("1 left, then free"), t("1 free item to take: scan it")),
            v.StampCard(t("4th visit of the month"), 3, 4, t("1 visit left")),
            v.StampCard(t("4 weeks in a row"), 2, 4, t("1 visit by 29/11/2026 keeps the streak")),
        ),
    )


def with_vouchers(t: Texts) -> v.MemberView:
    """A member of a programme whose points become vouchers: two kinds at hand, a third on its way."""
    return msgspec.structs.replace(
        member(t),
        tier="",
        tier_since="",
        ways=(v.Bar(t("Next voucher: 5 € voucher"), 320, 500, t("180 left")),),
        vouchers=(t("2 vouchers 5 € until 20/12/2026"), t("1 voucher Sunday dessert from 23/11/2026")),
    )


def noted(t: Texts) -> v.MemberView:
    """A member of whom a note was written down, with the last incident and what was given for it."""
    return msgspec.structs.replace(
        member(t),
        expiring="",
        ways=member(t).ways[:1],
        note=t("Oat milk; the cup in the left hand"),
        incident=t("Last incident 08/11/2026: Wrong order · given for it 09/11/2026: + 50 pts"),
    )


def voucher_rewards(t: Texts) -> tuple[v.RewardView, ...]:
    """Vouchers, a gift and a donation among the rewards; one voucher is held at another till, which its number asks."""
    elsewhere = t("Held at another till: the number asks for it.")
    return (
        v.RewardView(1, "cheque", t("5 € voucher"), t("1 voucher"), "2 -> 1", True, True, ""),
        v.RewardView(2, "mug", t("A mug"), f"300 {t('pts')}", "320 -> 20", False, True, ""),
        v.RewardView(3, "give", t("1 € for the food bank"), f"100 {t('pts')}", "320 -> 220", False, True, ""),
        v.RewardView(
            4, "dessert", t("Sunday dessert"), t("1 voucher"), "", False, False, elsewhere, asks=True
        ),
    )


def rewards(t: Texts, chosen: int = 0) -> tuple[v.RewardView, ...]:
    """Two possible rewards and one that is not."""
    n = t.words.number
    return (
        v.RewardView(
            1, "five", t("5 € off"), f"500 {t('pts')}", f"{n(1208)} -> {n(708)}", chosen == 1, True, ""
        ),
        v.RewardView(
            2, "ten", t("10 € off"), f"{n(1000)} {t('pts')}", f"{n(1208)} -> {n(208)}", chosen == 2, True, ""
        ),
        v.RewardView(
            3,
            "coffee",
            t("Free coffee"),
            t("1 stamp card"),
            "",
            False,
            False,
            t("not enough points: 254 left"),
        ),
    )


def ticket(t: Texts, lines: tuple[v.LineView, ...] = (), chosen: int = 0) -> v.TicketView:
    """A ticket of 45,90 or of its lines."""
    total = sum(line.cents for line in lines) or 4590
    off = 500 if chosen == 1 else 0
    return v.TicketView(
        number="2-1844",
        lines=lines,
        total=total,
        reward=off,
        due=total - off,
        typed="45,90",
        earn=(
            v.EarnView(t("1 pt per euro"), f"+ 45 {t('pts')}"),
            v.EarnView(t("Gold x1.5"), f"+ 22 {t('pts')}"),
        ),
        rewards=rewards(t, chosen),
        why=(),
        next_gap=t("Another 4.10 € give the third stamp."),
        earn_total=f"+ 67 {t('pts')}",
    )


def recent(t: Texts) -> tuple[v.RecentView, ...]:
    """Two tickets, the first can be undone."""
    return (
        v.RecentView("14:31", "Martin D.", f"+67 {t('pts')}", 4590, "2-1843", 58),
        v.RecentView("14:27", t("no card"), "-", 1200, "2-1842", 0),
    )


def items(t: Texts, count: int = 3) -> tuple[v.LineView, ...]:
    """Lines of products, one with a long name."""
    names = (t("Baguette"), t("Lemon tart, whole, eight slices, to order"), t("Coffee"))
    return tuple(v.LineView(i, names[i % 3], f"{i + 1}", 130 * (i + 1)) for i in range(count))


def sale_keys(t: Texts) -> dict[str, str]:
    """Keys of the ticket stage."""
    return t.keys(
        Enter="Record", Esc="Back", Star="Rewards", F1="Help", F3="Enrol", F4="Rewards", F5="Items", F6="Return",
        F9="Menu", F12="Lock",
    )  # fmt: skip


def idle_keys(t: Texts) -> dict[str, str]:
    """Keys of the idle stage."""
    return t.keys(
        F1="Help",
        F2="Find",
        F3="Enrol",
        F4="Rewards",
        F5="Items",
        F6="Return",
        F8="Alert",
        F9="Menu",
        F12="Lock",
    )


def form(t: Texts, contact: str, *, wording: str = "", duplicate: str = "") -> v.EnrolView:
    """An enrolment with a scanned card and offers by SMS."""
    consents = (
        v.ConsentView(1, t("Points and account only"), chosen=False),
        v.ConsentView(2, f"+ {t('offers by SMS')}", chosen=True),
        v.ConsentView(3, f"+ {t('offers by e-mail')}", chosen=False),
    )
    say = t("Your number is kept for your points; you can see or erase it any time.")
    return v.EnrolView("4021 ···· 0345", contact, consents, wording, "", "", duplicate, say)


def views(language: str) -> dict[str, tuple[v.View, str, int]]:
    """Every prepared state: name -> view, text in the field, row of the list cursor."""
    t = Texts(language)
    common = {"language": language, "today": date(2026, 11, 22)}
    sale = {
        "stage": v.Stage.TICKET,
        "status": status(),
        "keys": sale_keys(t),
        "prompt": t(
            "Type the amount or scan the products. Enter records, * picks a reward, Esc detaches the member."
        ),
        "member": member(t),
        "recent": recent(t),
        **common,
    }
    offline = status(online=False, since="14:05", known="14:04", waiting=7, oldest_s=1640)
    bad = v.Notice(
        v.Level.REFUSAL, t("The last digit does not fit: scan again, or check the number."), "bad_check_digit"
    )
    joining = {
        "stage": v.Stage.ENROL,
        "status": status(),
        "keys": t.keys(Enter="Next", F3="Create", Esc="Back"),
        **common,
    }
    back = t.keys(Enter="Back", Esc="Back", F1="Help", F9="Menu")
    return {
        "locked": (
            v.View(v.Stage.LOCKED, status(cashier=""), t.keys(F1="Help", F9="Menu"), **common),
            "",
            -1,
        ),
        "pin": (
            v.View(
                v.Stage.LOCKED,
                status(cashier=""),
                t.keys(Enter="Next", F9="Menu"),
                sign_in=v.SignInView("Camille", 4, 3, 0),
                **common,
            ),
            "12",
            -1,
        ),
        "pin_wait": (
            v.View(
                v.Stage.LOCKED,
                status(cashier=""),
                t.keys(F9="Menu"),
                sign_in=v.SignInView("Camille", 4, 0, 90),
                **common,
            ),
            "",
            -1,
        ),
        "idle": (v.View(v.Stage.IDLE, status(), idle_keys(t), recent=recent(t), **common), "", -1),
        "idle_loading": (
            v.View(
                v.Stage.IDLE, status(loading=Loading(43, 100, 150)), idle_keys(t), recent=recent(t), **common
            ),
            "",
            -1,
        ),
        "idle_no_region": (
            v.View(
                v.Stage.IDLE,
                status(loading=Loading(0, 0, None, NO_REGION)),
                idle_keys(t),
                recent=recent(t),
                **common,
            ),
            "",
            -1,
        ),
        "idle_refusal": (
            v.View(v.Stage.IDLE, status(training=True), idle_keys(t), notice=bad, recent=recent(t), **common),
            "459",
            -1,
        ),
        "ticket_note": (v.View(**{**sale, "member": noted(t), "ticket": ticket(t)}), "45,90", -1),
        "ticket_vouchers": (
            v.View(**{**sale, "member": with_vouchers(t), "ticket": ticket(t)}),
            "45,90",
            -1,
        ),
        "reward_vouchers": (
            v.View(
                **{
                    **sale,
                    "stage": v.Stage.REWARD,
                    "member": with_vouchers(t),
                    "ticket": msgspec.structs.replace(
                        ticket(t, chosen=1), rewards=voucher_rewards(t), next_gap=""
                    ),
                }
            ),
            "",
            -1,
        ),
        "ticket_ways": (
            v.View(**{**sale, "member": without_points(t), "ticket": ticket(t)}),
            "45,90",
            -1,
        ),
        "ticket": (
            v.View(alert=t("Birthday this week: offer the gift (F4)."), ticket=ticket(t), **sale),
            "45,90",
            -1,
        ),
        "ticket_offline": (
            v.View(ticket=ticket(t, items(t), chosen=1), **{**sale, "status": offline}),
            "",
            1,
        ),
        "ticket_long": (v.View(ticket=ticket(t, items(t, 30)), **sale), "", -1),
        "ticket_no_card": (v.View(ticket=ticket(t), **{**sale, "member": None}), "45,90", -1),
        "reward": (
            v.View(
                v.Stage.REWARD,
                status(),
                t.keys(Enter="Back", Esc="Back", F1="Help"),
                member=member(t),
                ticket=ticket(t, chosen=1),
                **common,
            ),
            "",
            -1,
        ),
        "done": (
            v.View(
                v.Stage.DONE,
                status(),
                t.keys(Backspace="Undo", F1="Help", F9="Menu"),
                member=member(t),
                recent=recent(t),
                done=v.DoneView(
                    "2-1844",
                    "2-1-1844",
                    4090,
                    500,
                    (f"{t('1 pt per euro')}: + 45 {t('pts')}", f"{t('Gold x1.5')}: + 22 {t('pts')}"),
                    t("discount 5.00 €"),
                    t("167 points to your next 10 €."),
                    58,
                    False,
                ),
                **common,
            ),
            "",
            -1,
        ),
        "enrol": (
            v.View(
                enrol=form(
                    t, "", duplicate=t("Phone already known: Dominique M. Enter attaches, Esc goes back.")
                ),
                **joining,
            ),
            "06 12 34",
            1,
        ),
        "enrol_consent": (
            v.View(
                enrol=form(
                    t,
                    "+33612345678",
                    wording=t("The shop may send you offers by SMS. You can end that at any till, any time."),
                ),
                **joining,
            ),
            "",
            2,
        ),
        "return": (
            v.View(
                v.Stage.RETURN,
                status(),
                back,
                returning=v.ReturnView("", False, "", (), (), 0, ()),
                **common,
            ),
            "2-17",
            -1,
        ),
        "return_lines": (
            v.View(
                v.Stage.RETURN,
                status(),
                back,
                returning=v.ReturnView(
                    "2-1-1790",
                    True,
                    t("Was 61.00 €, + 91 pts, reward -5.00 € used"),
                    items(t),
                    (1,),
                    260,
                    (t("takes back 30 pts, gives back 0 of the reward"), t("Balance 1,254 -> 1,224")),
                ),
                **common,
            ),
            "",
            1,
        ),
        "return_long": (
            v.View(
                v.Stage.RETURN,
                status(),
                back,
                returning=v.ReturnView(
                    "2-1-1791",
                    True,
                    t("Was 61.00 €, + 91 pts, reward -5.00 € used"),
                    items(t, 30),
                    (3, 20),
                    3250,
                    (t("takes back 30 pts, gives back 0 of the reward"), t("Balance 1,254 -> 1,224")),
                ),
                **common,
            ),
            "",
            20,
        ),
    }
