"""Who goes first (Art. 9 (1)): urgent before routine, planned before temporary, and no two orders alike."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from fleet.rules.facts import Fact
from fleet.rules.form import URGENCIES, Form
from fleet.rules.order import Act, Order
from fleet.rules.queue import PLANNED_LEAD_MS, Key, key

NOON_MS = 1_790_000_000_000
Entry = tuple[Order, Form]


def an_entry(number: int, *, urgency: int, submitted_ms: int, start_ms: int) -> Entry:
    submitted = Fact(act=Act.SUBMIT, by="0011", at_ms=submitted_ms, record="", detail={"content": "c"})
    form = Form(
        rider="Bayar", department="Forestry", phone="13800138000", category="study", reason="Inspect", origin="Yard",
        destination="Lake", start_ms=start_ms, end_ms=start_ms + 1, passengers=1, urgency=urgency, cls="study",
    )  # fmt: skip
    return Order(id=f"1-{number:05d}", facts=(submitted,)), form


entries = st.builds(
    an_entry,
    st.integers(1, 99_999),
    urgency=st.sampled_from(URGENCIES),
    submitted_ms=st.integers(NOON_MS, NOON_MS + 3),
    start_ms=st.sampled_from([NOON_MS, NOON_MS + PLANNED_LEAD_MS, NOON_MS + PLANNED_LEAD_MS + 3]),
)


def key_of(entry: Entry) -> Key:
    return key(*entry)


@given(entries, entries)
def test_two_different_orders_never_stand_level(one: Entry, other: Entry) -> None:
    assume(one[0].id != other[0].id)

    assert key_of(one) != key_of(other)


@given(entries, entries)
def test_the_urgent_go_before_the_routine_whatever_else_is_so(one: Entry, other: Entry) -> None:
    assume(one[1].urgency < other[1].urgency)

    assert key_of(one) < key_of(other)


@given(
    st.sampled_from(URGENCIES),
    st.integers(PLANNED_LEAD_MS, PLANNED_LEAD_MS * 9),
    st.integers(0, PLANNED_LEAD_MS - 1),
    st.integers(0, PLANNED_LEAD_MS),
)
def test_among_equally_urgent_the_planned_go_before_the_temporary(
    urgency: int, lead_ms: int, short_ms: int, later_ms: int
) -> None:
    planned = an_entry(2, urgency=urgency, submitted_ms=NOON_MS + later_ms, start_ms=NOON_MS + later_ms + lead_ms)
    temporary = an_entry(1, urgency=urgency, submitted_ms=NOON_MS, start_ms=NOON_MS + short_ms)

    assert key_of(planned) < key_of(temporary)


@given(st.lists(entries, max_size=6, unique_by=lambda entry: entry[0].id), st.data())
def test_the_queue_is_the_same_from_whatever_heap_it_is_made(heap: list[Entry], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(heap))

    assert sorted(shuffled, key=key_of) == sorted(heap, key=key_of)


def test_an_hour_too_late_for_planned_makes_an_order_temporary() -> None:
    in_time = an_entry(2, urgency=2, submitted_ms=NOON_MS, start_ms=NOON_MS + PLANNED_LEAD_MS)
    too_late = an_entry(1, urgency=2, submitted_ms=NOON_MS + 1, start_ms=NOON_MS + PLANNED_LEAD_MS)

    assert key_of(in_time) < key_of(too_late)


def test_a_resubmission_keeps_the_place_of_the_first() -> None:
    order, form = an_entry(1, urgency=2, submitted_ms=NOON_MS, start_ms=NOON_MS + PLANNED_LEAD_MS)
    again = Fact(act=Act.SUBMIT, by="0011", at_ms=NOON_MS + 9, record="", detail={"content": "d"})

    assert key(Order(id=order.id, facts=(*order.facts, again)), form) == key(order, form)
