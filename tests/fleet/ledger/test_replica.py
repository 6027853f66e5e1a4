"""Two doors: what is written here and what comes from anywhere. What fails at either costs nothing that was stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.desk.register import roles_of
from fleet.errors import NotTrusted, Unavailable
from fleet.ledger import kinds
from fleet.ledger.canonical import Value
from fleet.ledger.delta import Delta
from fleet.ledger.digest import state_hash
from fleet.ledger.hlc import READING_MAX, wall_ms
from fleet.ledger.marks import Identity, give_receipt, seal
from fleet.ledger.operation import (
    NAME_LENGTH_MAX,
    SIZE_MAX,
    Author,
    Head,
    Named,
    Operation,
    name,
    read,
    sign_meaning,
)
from fleet.ledger.replica import WAITING_MAX, Replica, Signer, Statement
from fleet.ledger.store import REFUSALS_MAX, RUN_OPERATIONS_MAX, Receipt, Refusal
from fleet.ledger.suite import SHIPPED
from fleet.rules.order import Act, State
from fleet.tracks.days import day_of
from tests.fleet.units import (
    CAST,
    EVERYTHING,
    ROOT,
    UNIT,
    a_host,
    a_node,
    a_reader,
    act,
    an_edit,
    codes,
    delta,
    enrolment,
    entwined,
    signer,
    steps,
    submitted,
    take,
    write,
)
from tests.simulation import people
from tests.simulation.clock import START_MS, SimulatedTime
from tests.simulation.disk import SimulatedDisk
from tests.simulation.host import Host

EVERYONE = ("applicant-1", "approver-1", "dispatcher-1", "driver-1", "admin-1")
CENTRAL_KEY = people.key("node 0.1")


@pytest.fixture
def node() -> Host:
    """Node 1 with five people and one order submitted."""
    host = a_node(1, *EVERYONE)
    submitted(host)
    return host


def sealed(host: Host, *made: Named) -> Delta:
    """A delta that the host's own key seals, whatever is in it."""
    return Delta(
        host.author, tuple(one.data for one in made), seal(Identity(UNIT, host.author, host.key), made[-1].head)
    )


def next_after(host: Host, **changed: object) -> Named:
    """What would come next in a host's log, with anything in it changed."""
    head = host.replica.state.heads[host.author]
    plain = Operation(
        suite=SHIPPED.id,
        unit=UNIT,
        author=host.author,
        seq=head.seq + 1,
        prev=head.hash,
        deps=(),
        hlc=(host.clock.now_ms() << 16) + 1_000,
        receipt=0,
        kind="order.approve",
        target="order/1-00001",
        body={"content": "aa"},
        person="approver-1",
        person_sig=b"",
    )
    operation = replace(plain, **changed)  # type: ignore[arg-type]
    if operation.person and not operation.person_sig:
        key = CAST[operation.person].signer.key if operation.person in CAST else ROOT
        operation = replace(operation, person_sig=sign_meaning(key, operation))
    return name(operation)


def reborn(host: Host) -> Replica:
    """The same ledger as it is after a restart."""
    host.power_cut()
    host.power_on()
    return host.replica


# -- taking what is good --------------------------------------------------------------------------------------------


def test_a_log_taken_whole_or_step_by_step_or_twice_gives_the_same_state(node: Host) -> None:
    whole, stepwise = a_reader(), a_reader()

    whole.receive(delta(node))
    take(stepwise, [one for one in steps(node) for _ in range(2)])

    assert whole.digest() == stepwise.digest() == node.replica.digest()
    assert whole.refusals == stepwise.refusals == []


def test_a_restart_finds_everything_as_it_was(node: Host) -> None:
    before = (node.replica.digest(), node.replica.made, node.replica.state.orders)

    after = reborn(node)

    assert (after.digest(), after.made, after.state.orders) == before


def test_a_delta_that_overlaps_what_is_held_brings_only_what_is_new(node: Host) -> None:
    reader = a_reader()
    reader.receive(delta(node, upto=6))

    taken = reader.receive(delta(node))

    assert (taken.stored, reader.held) == (node.replica.made - 6, node.replica.made)


# -- what is not believed -------------------------------------------------------------------------------------------


def turned(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def broken_chain(node: Host) -> Delta:
    good = delta(node)
    return good._replace(operations=good.operations[:2] + good.operations[3:])


def changed_operation(node: Host) -> Delta:
    good = delta(node)
    changed = name(replace(read(good.operations[-1]).operation, body={"content": "bb"}))
    return good._replace(operations=(*good.operations[:-1], changed.data))


def added_operation(node: Host) -> Delta:
    good = delta(node)
    return good._replace(operations=(*good.operations, next_after(node).data))


def sealed_by_another(node: Host) -> Delta:
    stranger = Identity(UNIT, node.author, SHIPPED.key(b"x" * 32))
    return delta(node)._replace(seal=seal(stranger, node.replica.state.heads[node.author]))


def of_another_unit(node: Host) -> Delta:
    return sealed(node, next_after(node, unit="u2"))


def under_another_name(node: Host) -> Delta:
    return delta(node)._replace(author=Author(2, 1))


def without_a_beginning(node: Host) -> Delta:
    first = next_after(node, seq=1, prev=b"", kind="vehicle.seen", person=None, person_sig=None)
    return sealed(node, first)


def begun_with_anothers_certificate(node: Host) -> Delta:
    theirs = a_host(2).certificate
    changes = {"seq": 1, "prev": b"", "kind": kinds.NODE_ENROL, "body": theirs, "person": None, "person_sig": None}
    return sealed(node, next_after(node, **changes))


def begun_with_a_certificate_of_nobody(node: Host) -> Delta:
    own = people.certify(people.key("no root"), "node", UNIT, "1", node.key.public, incarnation=1)
    changes = {"seq": 1, "prev": b"", "kind": kinds.NODE_ENROL, "body": own, "person": None, "person_sig": None}
    return sealed(node, next_after(node, **changes))


@pytest.mark.parametrize(
    ("forge", "code"),
    [
        (lambda node: delta(node)._replace(operations=()), "delta_size"),
        (lambda node: Delta(node.author, (b"\x00",) * (RUN_OPERATIONS_MAX + 1), b""), "delta_size"),
        (lambda node: delta(node)._replace(operations=(b"\xff\xff",)), "not_cbor"),
        (lambda node: delta(node)._replace(operations=(b"\x80",)), "operation_form"),
        (broken_chain, "chain"),
        (lambda node: delta(node)._replace(seal=turned(delta(node).seal)), "seal"),
        (lambda node: delta(node)._replace(seal=b""), "seal"),
        (sealed_by_another, "seal"),
        (changed_operation, "seal"),
        (added_operation, "seal"),
        (of_another_unit, "wrong_log"),
        (under_another_name, "wrong_log"),
        (without_a_beginning, "no_certificate"),
        (begun_with_anothers_certificate, "wrong_certificate"),
        (begun_with_a_certificate_of_nobody, "signature"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_delta_that_cannot_be_believed_is_on_record_with_its_reason_and_the_next_good_one_is_taken(
    node: Host, forge: Callable[[Host], Delta], code: str
) -> None:
    reader = a_reader()
    bad = forge(node)

    for _ in range(2):
        with pytest.raises(NotTrusted, match=code):
            reader.receive(bad)

    assert codes(reader) == [code]
    assert reader.receive(delta(node)).stored == node.replica.made
    assert reader.digest() == node.replica.digest()


def test_a_delta_that_is_not_believed_never_costs_what_was_stored(node: Host) -> None:
    before = node.replica.digest()

    for forge in (changed_operation, added_operation, of_another_unit, sealed_by_another):
        with pytest.raises(NotTrusted):
            node.replica.receive(forge(node))

    assert node.replica.digest() == reborn(node).digest() == before


# -- what is held and has no effect ---------------------------------------------------------------------------------


STRETCH: dict[str, Any] = {
    "day_ms": day_of(START_MS), "from_ms": START_MS, "to_ms": START_MS + 1, "positions": 2, "terminal": "1",
    "full": b"f" * 32, "thin": b"t" * 32,
}  # fmt: skip


def test_a_stretch_of_a_track_is_written_down_once_and_its_bytes_are_known_by_what_they_are_of(node: Host) -> None:
    write(node, *[Statement(kinds.TRACK_PACK, "track/NM-1", STRETCH)] * 2)
    write(node, Statement(kinds.TRACK_PACK, "track/NM-1", STRETCH | {"thin": b"", "full": b"g" * 32}))
    state = node.replica.state

    assert [stretch.full for stretch in state.stretches("NM-1", START_MS, START_MS)] == [b"f" * 32, b"g" * 32]
    assert state.stretches("NM-1", START_MS + 86_400_000, START_MS + 2 * 86_400_000) == []
    write(node, Statement(kinds.TRACK_PACK, "track/NM-3", STRETCH | {"cards": [[START_MS, "孟克"], [START_MS, ""]]}))
    assert [stretch.cards for stretch in state.stretches("NM-3", START_MS, START_MS)] == [
        ((START_MS, "孟克"), (START_MS, ""))
    ]
    assert state.stretches("NM-2", START_MS, START_MS) == []
    assert state.blobs == {b"f" * 32: "track/NM-1", b"g" * 32: "track/NM-1", b"t" * 32: "thin/NM-1"}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"person": "nobody-9"}, "unknown_person"),
        ({"person": None, "person_sig": None}, "unknown_person"),
        ({"person": "driver-1"}, "no_role"),
        ({"person_sig": b"\x00" * 64}, "person_signature"),
        ({"hlc": (START_MS + people.LEASE_MS) << 16}, "lease_over"),
        ({"kind": "order.bless"}, "person_not_asked"),
        ({"kind": "order.bless", "person": None, "person_sig": None}, "unknown_kind"),
        ({"kind": "vehicle.seen"}, "person_not_asked"),
        ({"target": "vehicle/NM-1"}, "wrong_target"),
        ({"body": b""}, "body_form"),
        ({"kind": "vehicle.seen", "target": "vehicle/NM-1", "person": None, "person_sig": None}, "body_form"),
        *(
            (
                {"kind": "track.pack", "target": "track/NM-1", "person": None, "person_sig": None, "body": body},
                "body_form",
            )
            for body in (
                {},
                STRETCH | {"positions": True},
                STRETCH | {"positions": 0},
                STRETCH | {"full": b"short"},
                STRETCH | {"thin": b"short"},
                STRETCH | {"more": 1},
                STRETCH | {"cards": "孟克"},
                STRETCH | {"cards": [[START_MS]]},
                STRETCH | {"cards": [[True, "孟克"]]},
                STRETCH | {"cards": [[START_MS, "孟克"], [START_MS - 1, ""]]},
                STRETCH | {"cards": [[STRETCH["day_ms"] - 1, "孟克"]]},
                STRETCH | {"cards": [[START_MS, "孟" * 256]]},
                STRETCH | {"day_ms": STRETCH["day_ms"] + 1},
                STRETCH | {"to_ms": STRETCH["to_ms"] + 86_400_000},
                STRETCH | {"to_ms": STRETCH["from_ms"] - 1},
                STRETCH | dict.fromkeys(("day_ms", "from_ms", "to_ms"), 1 << 60),
            )
        ),
        ({"kind": "order.edit", "person": "applicant-1"}, "body_form"),
        ({"kind": "order.edit", "person": "applicant-1", "body": b"\x00\x00"}, "update_authors"),
        ({"kind": "registry.edit", "target": "registry/u2", "person": "admin-1", "body": b""}, "wrong_target"),
        ({"kind": kinds.PERSON_ENROL, "target": "person/x", "person": None, "person_sig": None}, "no_certificate"),
        (
            {
                "kind": kinds.PERSON_ENROL,
                "target": "person/other",
                "body": CAST["approver-2"].certificate,
                "person": None,
                "person_sig": None,
            },
            "wrong_certificate",
        ),
        ({"kind": kinds.NODE_ENROL, "target": "node/1", "person": None, "person_sig": None}, "no_certificate"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_an_operation_without_authority_or_form_is_held_without_effect_and_its_author_told(
    node: Host, changed: dict[str, object], code: str
) -> None:
    reader = a_reader()
    reader.receive(delta(node))
    orders = dict(reader.state.orders)
    bad = next_after(node, **changed)

    assert reader.receive(sealed(node, bad)).stored == 1

    assert reader.state.orders == orders
    assert [(refusal.head, refusal.code) for refusal in reader.refusals] == [(bad.head, code)]
    assert reader.quarantined == 1
    after = name(replace(next_after(node).operation, seq=bad.operation.seq + 1, prev=bad.hash))
    assert reader.receive(sealed(node, after)).stored == 1
    assert reader.state.orders["1-00001"].state == State.APPROVED


def test_authority_is_what_stands_before_the_act_not_what_comes_later(node: Host) -> None:
    early = next_after(node, person="dispatcher-2", kind="order.approve")
    node.replica.receive(sealed(node, early))

    write(node, enrolment("dispatcher-2"))

    assert codes(node.replica) == ["unknown_person"]
    assert node.replica.state.orders["1-00001"].state == State.SUBMITTED
    assert reborn(node).state.orders["1-00001"].state == State.SUBMITTED


def test_a_staff_number_given_by_central_too_takes_nothing_from_who_has_it_in_the_unit(node: Host) -> None:
    central, key = a_host(0), people.key("central's own")
    central.clock.time.pass_ms(10_000)
    own = people.certify(ROOT, "person", "central", "approver-1", key.public, roles=("admin",))
    write(central, Statement(kinds.NODE_ENROL, "node/0", central.certificate))
    write(central, Statement(kinds.PERSON_ENROL, "person/approver-1", own))

    node.replica.receive(delta(central))
    write(node, act("approve", "approver-1", content="aa"))

    assert node.replica.state.orders["1-00001"].state == State.APPROVED
    assert roles_of(node.replica.state, "approver-1") == {"approver"}


def test_an_approval_made_in_another_log_needs_the_enrolment_in_its_own_past(node: Host) -> None:
    other = a_node(2)
    blind = next_after(other)

    other.replica.receive(sealed(other, blind))
    other.replica.receive(delta(node))
    seeing = next_after(other, deps=(node.replica.state.heads[node.author],))
    other.replica.receive(sealed(other, seeing))

    reader = a_reader()
    take(reader, [delta(node), delta(other)])
    assert codes(reader) == ["unknown_person"]
    assert [fact.record for fact in reader.state.orders["1-00001"].facts][1:] == [seeing.hash.hex()]


# -- the causal gate ------------------------------------------------------------------------------------------------


def met(node: Host, number: int = 2) -> Host:
    """Another node that has seen everything the first has."""
    other = a_node(number)
    other.replica.receive(delta(node))
    return other


def test_what_depends_on_an_operation_waits_for_it_and_is_taken_when_it_comes(node: Host) -> None:
    other = met(node)
    write(other, act("approve", "approver-1", content="aa"))
    reader = a_reader()

    waits = reader.receive(delta(other)).waiting_for
    reader.receive(delta(node))

    assert waits == (node.replica.state.heads[node.author],)
    assert (reader.waiting, reader.refusals) == (0, [])
    assert reader.state.orders["1-00001"].state == State.APPROVED


def test_a_gap_in_a_log_waits_like_any_other_cause_and_is_nobodys_fault(node: Host) -> None:
    reader = a_reader()
    one, *rest = steps(node)
    reader.receive(one)

    for later in reversed(rest):
        reader.receive(later)

    assert (reader.waiting, reader.refusals) == (0, [])
    assert reader.digest() == node.replica.digest()


def test_the_middle_of_a_log_nobody_has_met_is_neither_kept_nor_held_against_anyone(node: Host) -> None:
    reader = a_reader()

    taken = reader.receive(steps(node)[2])

    assert (taken.head, taken.stored, reader.waiting, reader.refusals) == (None, 0, 0, [])
    assert [head.seq for head in taken.waiting_for] == [6]


def test_what_waits_is_bounded_and_comes_again(node: Host) -> None:
    others = [met(node, number) for number in range(2, WAITING_MAX + 5)]
    for other in others:
        write(other, Statement(kinds.VEHICLE_SEEN, "vehicle/NM-1", sighting(1)))
    reader = a_reader()

    take(reader, (delta(other) for other in others))
    assert reader.waiting == WAITING_MAX
    reader.receive(delta(node))
    take(reader, (delta(other) for other in others))

    assert (reader.waiting, reader.refusals) == (0, [])
    assert reader.held == node.replica.made + 2 * len(others)


def test_a_full_disk_while_the_waiting_are_taken_costs_nothing_that_was_stored(node: Host) -> None:
    other, disk = met(node), SimulatedDisk()
    write(other, act("approve", "approver-1", content="aa"))
    reader = Replica(disk, node.clock, ROOT.public, unit=UNIT, identity=None)
    reader.receive(delta(other))
    fill_after_one_commit(disk)

    taken = reader.receive(delta(node))

    assert (taken.stored, reader.waiting) == (node.replica.made, 1)
    disk.full = False
    reader.receive(delta(other))
    assert reader.held == node.replica.made + other.replica.made


def fill_after_one_commit(disk: SimulatedDisk) -> None:
    keep = disk.commit

    def commit(batch: object) -> None:
        keep(batch)  # type: ignore[arg-type]
        disk.full = True

    disk.commit = commit  # type: ignore[method-assign]


def sighting(time_ms: int) -> Value:
    return {"time_ms": time_ms, "lat_e6": 1, "lon_e6": 1, "speed_kmh_e1": 0, "course": 0, "order": ""}


# -- writing --------------------------------------------------------------------------------------------------------


def test_what_is_written_names_what_its_author_had_seen_of_others_once(node: Host) -> None:
    other = met(node)
    seen = node.replica.state.heads[node.author]

    first, second = (write(other, Statement(kinds.VEHICLE_SEEN, "vehicle/NM-1", sighting(at)))[0] for at in (1, 2))

    assert (first.operation.deps, second.operation.deps) == ((seen,), ())


def test_of_several_statements_written_together_the_first_names_what_was_seen(node: Host) -> None:
    other = met(node)

    made = write(other, *(Statement(kinds.VEHICLE_SEEN, "vehicle/NM-1", sighting(at)) for at in (1, 2)))

    assert [len(one.operation.deps) for one in made] == [1, 0]


def test_what_was_seen_is_named_after_a_restart_and_after_a_write_that_failed(node: Host) -> None:
    other = met(node)
    with pytest.raises(NotTrusted):
        write(other, act("approve", "driver-1"))
    reborn(other)

    [made] = write(other, act("approve", "approver-1", content="aa"))

    assert made.operation.deps == (node.replica.state.heads[node.author],)


def test_a_nodes_own_log_coming_back_to_it_is_no_cause_of_its_next_operation(node: Host) -> None:
    restored = a_host(1)

    restored.replica.receive(delta(node))
    [made] = write(restored, act("approve", "approver-1", content="aa"))

    assert (made.operation.seq, made.operation.deps) == (node.replica.made + 1, ())


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (act("approve", "driver-1", content="aa"), "no_role"),
        (act("approve", "approver-2", content="aa"), "unknown_person"),
        (Statement("order.approve", "order/1-00001", {}, Signer("approver-1", ROOT)), "person_signature"),
        (Statement("order.approve", "order/1-00001", {}), "unknown_person"),
        (Statement("order.approve", "order/1-00001", {"content": "x" * SIZE_MAX}, signer("approver-1")), "too_large"),
        (Statement("order.approve", "order/1-00001", {"content": "\ud800"}, signer("approver-1")), "operation_form"),
        (Statement("order.approve", "order/1-00001", {"n": 1 << 70}, signer("approver-1")), "operation_form"),
        (act("approve", "approver-1", "x" * NAME_LENGTH_MAX, content="aa"), "operation_form"),
        (Statement("order.approve", "order/1", {"a": [[[[[[[1]]]]]]]}, signer("approver-1")), "not_cbor"),
        (Statement("order.bless", "order/1-00001", {}), "unknown_kind"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_would_have_no_effect_or_could_not_be_read_again_is_not_written(
    node: Host, statement: Statement, code: str
) -> None:
    before = (node.replica.digest(), node.replica.made, node.disks[UNIT].commits)

    with pytest.raises(NotTrusted, match=code):
        write(node, act("approve", "approver-1", content="aa"), statement)

    assert (node.replica.digest(), node.replica.made, node.disks[UNIT].commits) == before
    assert node.replica.refusals == []
    assert reborn(node).digest() == before[0]


def test_a_long_write_is_sealed_in_pieces_that_can_travel() -> None:
    host = a_node(1)
    plain = Statement(kinds.VEHICLE_SEEN, "vehicle/NM-1", sighting(1))
    write(host, *[plain] * (RUN_OPERATIONS_MAX + 10))
    reader, seen = a_reader(), 0

    while piece := host.replica.run(host.author, seen, EVERYTHING):
        seen = reader.receive(piece).head.seq  # type: ignore[union-attr]

    assert seen == host.replica.made == RUN_OPERATIONS_MAX + 11


def test_a_reader_writes_nothing() -> None:
    with pytest.raises(NotTrusted, match="not_an_author"):
        a_reader().write([enrolment("driver-1")])


@pytest.mark.parametrize("door", ["write", "receive", "refuse", "receipt"])
def test_a_full_disk_leaves_state_and_disk_as_they_were_and_the_work_goes_on_afterwards(node: Host, door: str) -> None:
    other, disk = met(node), node.disks[UNIT]
    write(other, act("approve", "approver-1", content="aa"))
    receipt = give_receipt(CENTRAL_KEY, node.replica.state.heads[node.author], 7)
    doors: dict[str, Callable[[], object]] = {
        "write": lambda: write(node, act("approve", "approver-1", content="aa")),
        "receive": lambda: node.replica.receive(delta(other)),
        "refuse": lambda: node.replica.note_refusal(Refusal(Head(Author(2, 1), 1, b"h" * 32), "seal", 1)),
        "receipt": lambda: node.replica.note_receipt(receipt, CENTRAL_KEY.public),
    }
    before = (node.replica.digest(), len(disk.log))
    disk.full = True

    with pytest.raises(Unavailable, match="disk_full"):
        doors[door]()

    assert (node.replica.digest(), len(disk.log)) == before
    assert (node.replica.receipts, node.replica.refusals) == ({}, [])
    disk.full = False
    doors[door]()
    assert node.replica.digest() == reborn(node).digest()


# -- time -----------------------------------------------------------------------------------------------------------


def test_a_log_that_claims_the_last_time_there_is_stops_no_other_log(node: Host) -> None:
    other = met(node)
    claim = next_after(node, kind="vehicle.seen", target="vehicle/NM-1", body=sighting(1), person=None, person_sig=None)
    other.replica.receive(sealed(node, name(replace(claim.operation, hlc=READING_MAX))))

    made = [write(other, Statement(kinds.VEHICLE_SEEN, "vehicle/NM-2", sighting(at)))[0] for at in (1, 2)]

    assert all(wall_ms(one.operation.hlc) == START_MS for one in made)
    assert reborn(other).digest() == other.replica.digest()


def test_what_is_written_after_something_was_seen_is_later_whatever_the_clock_says(node: Host) -> None:
    late = a_node(2, time=SimulatedTime(1_000_000))
    late.replica.receive(delta(node))

    [made] = write(late, act("approve", "approver-1", content="aa"))

    assert made.operation.hlc > read(delta(node).operations[-1]).operation.hlc
    assert late.replica.state.orders["1-00001"].state == State.APPROVED


def test_acts_that_arrive_out_of_their_time_are_folded_in_their_time(node: Host) -> None:
    """Cancelled at one node, departed at another that did not know: every order of arrival gives one state."""
    write(node, act("approve", "approver-1", content="aa"))
    write(node, act("dispatch", "dispatcher-1", vehicle="NM-1", driver="driver-1"))
    second, third = met(node, 2), met(node, 3)
    second.clock.time.pass_ms(1_000)
    write(second, act("cancel", "dispatcher-1", reason="Rain"))
    third.clock.time.pass_ms(2_000)
    write(third, act("depart", "driver-1", odometer_km=1))
    one, other = a_reader(), a_reader()

    take(one, [delta(node), delta(second), delta(third)])
    take(other, [delta(node), delta(third), delta(second)])

    assert one.digest() == other.digest()
    assert one.state.orders["1-00001"] == other.state.orders["1-00001"]
    assert one.state.orders["1-00001"].notes == ("cancel_after_departure",)


@pytest.mark.parametrize("first", [Act.APPROVE, Act.SEND_BACK])
def test_two_decisions_on_one_order_come_out_alike_in_both_orders_of_arrival(node: Host, first: Act) -> None:
    second_act = Act.SEND_BACK if first == Act.APPROVE else Act.APPROVE
    nodes = [met(node, 2), met(node, 3)]
    for number, (other, decision) in enumerate(zip(nodes, (first, second_act), strict=True)):
        other.clock.time.pass_ms(1_000 * (number + 1))
        write(other, act(decision, "approver-1", content="aa", reason="Share the morning trip"))
    one, two = a_reader(), a_reader()

    take(one, [delta(node), *map(delta, nodes)])
    take(two, [delta(node), *map(delta, reversed(nodes))])

    assert one.digest() == two.digest()
    assert [fact.act for fact in one.state.orders["1-00001"].facts] == [Act.SUBMIT, first]
    assert [refused.fact.act for refused in two.state.orders["1-00001"].refused] == [second_act]


def test_edits_of_different_fields_both_apply_and_of_one_field_all_replicas_show_the_same(node: Host) -> None:
    nodes = [met(node, 2), met(node, 3)]
    for other, remark in zip(nodes, ("by two", "by three"), strict=True):
        fields = {"remark": remark, f"seen_by_{other.author.node}": "yes"}
        write(other, an_edit(other, "order/1-00001", "applicant-1", **fields))
    one, two = a_reader(), a_reader()

    take(one, [delta(node), *map(delta, nodes)])
    take(two, [delta(node), *map(delta, reversed(nodes))])

    fields = dict(one.state.document("order/1-00001").fields)
    assert fields == two.state.document("order/1-00001").fields
    assert (fields["seen_by_2"], fields["seen_by_3"]) == ("yes", "yes")


def test_whether_an_edit_has_effect_does_not_depend_on_what_others_wrote_meanwhile(node: Host) -> None:
    """Nonsense in a field, hidden or not by another's value: the edit after it builds on it everywhere or nowhere."""
    careless, other = met(node, 2), met(node, 3)
    for fields in ({"start_ms": "soon"}, {"remark": "late"}):
        write(careless, an_edit(careless, "order/1-00001", "applicant-1", **fields))
    write(other, an_edit(other, "order/1-00001", "applicant-1", start_ms="5"))
    one, two = a_reader(), a_reader()

    take(one, [delta(node), delta(careless), delta(other)])
    take(two, [delta(node), delta(other), delta(careless)])

    assert one.digest() == two.digest()
    assert one.refusals == two.refusals == []
    assert one.state.document("order/1-00001").fields["remark"] == "late"


@settings(max_examples=25)
@given(st.data())
def test_any_order_of_arrival_and_any_batches_give_one_state(data: st.DataObject) -> None:
    first = a_node(1, *EVERYONE)
    submitted(first)
    nodes = [first, met(first, 2), met(first, 3)]
    for _ in range(data.draw(st.integers(1, 6))):
        host = data.draw(st.sampled_from(nodes))
        host.clock.time.pass_ms(data.draw(st.integers(0, 3)))
        done = data.draw(
            st.sampled_from([act("approve", "approver-1", content="aa"), act("cancel", "applicant-1", reason="Rain")])
        )
        write(host, done)
    pieces = [piece for host in nodes for piece in steps(host)]
    one, other = a_reader(), a_reader()

    take(one, map(delta, nodes))
    for _ in pieces:  # what was dropped for its place comes round again
        take(other, data.draw(st.permutations(pieces)))
        if other.held == one.held:
            break

    assert one.digest() == other.digest()
    assert one.state.orders == other.state.orders
    assert other.refusals == []


# -- receipts and refusals ------------------------------------------------------------------------------------------


def receipt_for(head: Head, time_ms: int = 7) -> Receipt:
    return give_receipt(CENTRAL_KEY, head, time_ms)


def test_a_receipt_is_kept_and_is_there_after_a_restart(node: Host) -> None:
    head = node.replica.state.heads[node.author]

    node.replica.note_receipt(receipt_for(head), CENTRAL_KEY.public)

    assert node.replica.receipted == node.replica.made
    assert reborn(node).receipted == node.replica.made
    [made] = write(node, act("approve", "approver-1", content="aa"))
    assert made.operation.receipt == head.seq


def test_an_older_receipt_takes_nothing_back(node: Host) -> None:
    node.replica.note_receipt(receipt_for(node.replica.state.heads[node.author]), CENTRAL_KEY.public)

    node.replica.note_receipt(receipt_for(read(delta(node).operations[0]).head), CENTRAL_KEY.public)

    assert node.replica.receipted == node.replica.made


@pytest.mark.parametrize(
    ("receipt", "code"),
    [
        (lambda head: give_receipt(ROOT, head, 7), "receipt_signature"),
        (lambda head: receipt_for(head)._replace(time_ms=8), "receipt_signature"),
        (lambda head: receipt_for(head)._replace(head=head._replace(seq=1)), "receipt_signature"),
        (lambda head: receipt_for(head._replace(seq=head.seq + 1)), "receipt_unknown"),
        (lambda head: receipt_for(head._replace(hash=b"h" * 32)), "receipt_unknown"),
        (lambda head: receipt_for(head._replace(seq=2)), "receipt_unknown"),
        (lambda head: receipt_for(head._replace(seq=0, hash=b"")), "receipt_unknown"),
        (lambda head: receipt_for(head._replace(author=Author(9, 1))), "receipt_unknown"),
    ],
)
def test_a_receipt_counts_only_from_central_and_for_exactly_what_is_held(
    node: Host, receipt: Callable[[Head], Receipt], code: str
) -> None:
    with pytest.raises(NotTrusted, match=code):
        node.replica.note_receipt(receipt(node.replica.state.heads[node.author]), CENTRAL_KEY.public)

    assert node.replica.receipts == {}


def test_the_first_receipt_for_a_head_stands_because_it_proves_the_earlier_time(node: Host) -> None:
    head = node.replica.state.heads[node.author]
    reader = a_reader()
    reader.receive(delta(node))

    first, again = (reader.acknowledge(head, CENTRAL_KEY, time_ms) for time_ms in (5, 9))

    assert first == again


def test_refusals_are_kept_once_bounded_and_over_a_restart(node: Host) -> None:
    replica = node.replica
    for seq in range(REFUSALS_MAX + 9):
        for _ in range(2):
            replica.note_refusal(Refusal(Head(node.author, seq, b"h" * 32), "seal", seq))
        replica.note_refusal(Refusal(Head(Author(100 + seq, 1), 0, b""), "seal", seq))

    kept = [refusal.head.author == node.author for refusal in replica.refusals]
    assert (kept.count(True), kept.count(False)) == (REFUSALS_MAX, REFUSALS_MAX)
    assert reborn(node).refusals == replica.refusals


def test_operations_without_effect_beyond_the_bound_are_counted_and_not_kept(node: Host) -> None:
    made = [next_after(node, person="driver-1")]
    for _ in range(REFUSALS_MAX + 4):
        made.append(name(replace(made[-1].operation, seq=made[-1].operation.seq + 1, prev=made[-1].hash)))
    reader = a_reader()
    reader.receive(delta(node))

    reader.receive(sealed(node, *made))

    assert (len(reader.refusals), reader.quarantined) == (REFUSALS_MAX, REFUSALS_MAX + 5)


# -- state ----------------------------------------------------------------------------------------------------------


def test_a_view_that_is_dropped_leaves_the_state_untouched_and_one_accepted_is_all_there(node: Host) -> None:
    state = node.replica.state
    before = state_hash(state)
    made = next_after(node)

    view = state.stage()
    view.step_act(made)
    view.step_chain(made)

    assert state_hash(state) == before
    assert state_hash(view) != before
    state.accept(view)
    assert state_hash(state) == state_hash(view)


# -- runs that wait for each other ----------------------------------------------------------------------------------


@pytest.mark.parametrize("turned", [False, True])
def test_two_long_runs_that_need_each_others_middle_are_taken_together(turned: bool) -> None:
    one, other = entwined()
    newcomer = a_reader()

    take(newcomer, [delta(other), delta(one)] if turned else [delta(one), delta(other)])

    assert newcomer.digest() == one.replica.digest() == other.replica.digest()
    assert newcomer.waiting == 0
    assert newcomer.sealed_heads == tuple(sorted(newcomer.state.heads.values())), "each run brought its seal"


def test_a_run_whose_middle_waits_for_what_nobody_has_is_not_taken_in_part() -> None:
    one, other = entwined()
    newcomer = a_reader()

    take(newcomer, [delta(one)])
    assert (newcomer.held, newcomer.waiting) == (0, 1)
    take(newcomer, [delta(other, 0, upto=1)])
    assert newcomer.sealed_heads == tuple(sorted(newcomer.state.heads.values())), "nothing is held that no seal proves"


# -- edits on others' edits -----------------------------------------------------------------------------------------


def test_an_edit_on_what_its_author_does_not_name_as_seen_has_no_effect_wherever_it_arrives_first() -> None:
    time, target = SimulatedTime(), kinds.ORDERS + "1-00001"
    first, second = a_node(1, *EVERYONE, time=time), a_node(2, *EVERYONE, time=time)
    write(first, an_edit(first, target, "applicant-1", rider="Bayar"))
    take(second.replica, steps(first))
    update = second.replica.update(target, {"rider": "Dorj"})
    told_nothing = next_after(second, kind=kinds.ORDER_EDIT, target=target, body=update, person="applicant-1")
    forged = sealed(second, told_nothing)
    readers = a_reader(), a_reader()

    take(readers[0], [*steps(first), *steps(second), forged])
    take(readers[1], [*steps(second), forged, *steps(first)])

    assert [codes(reader) for reader in readers] == [["update_origin"], ["update_origin"]]
    assert readers[0].digest() == readers[1].digest()
    assert readers[0].state.document(target).fields == {"rider": "Bayar"}


def test_an_edit_on_what_its_author_names_as_seen_waits_for_that() -> None:
    time, target = SimulatedTime(), kinds.ORDERS + "1-00001"
    first, second = a_node(1, *EVERYONE, time=time), a_node(2, *EVERYONE, time=time)
    write(first, an_edit(first, target, "applicant-1", rider="Bayar"))
    take(second.replica, steps(first))
    write(second, an_edit(second, target, "applicant-1", rider="Dorj"))
    reader = a_reader()

    take(reader, steps(second))
    assert (reader.waiting, reader.state.document(target).fields) == (1, {})
    take(reader, steps(first))

    assert (reader.waiting, codes(reader), reader.state.document(target).fields) == (0, [], {"rider": "Dorj"})
