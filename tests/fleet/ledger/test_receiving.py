"""What comes from anywhere: taken when it is good, refused or held without effect when it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fleet.desk.register import roles_of
from fleet.errors import NotTrusted
from fleet.ledger import kinds
from fleet.ledger.delta import Delta
from fleet.ledger.marks import Identity, seal
from fleet.ledger.operation import ORIGIN, Author, Head, name, read
from fleet.ledger.replica import Statement
from fleet.ledger.store import RUN_OPERATIONS_MAX
from fleet.ledger.suite import SHIPPED
from fleet.rules.order import State
from fleet.tracks.days import day_of
from tests.fleet.ledger.logs import next_after, reborn, sealed
from tests.fleet.units import (
    CAST,
    ROOT,
    UNIT,
    a_host,
    a_node,
    a_reader,
    act,
    codes,
    delta,
    enrolment,
    steps,
    take,
    write,
)
from tests.simulation import people
from tests.simulation.clock import START_MS
from tests.simulation.host import Host

PLENTY = 1 << 20
"""A number far on in any log here."""

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


@pytest.mark.parametrize(
    "changed",
    [
        {"prev": bytes(32)},
        {"seq": PLENTY},
        {"author": Author(9, 1), "seq": 1, "prev": ORIGIN},
        {"deps": (Head(Author(2, 1), 1, bytes(32)),)},
    ],
    ids=["follows another", "leaves some out", "of a stranger", "before its cause"],
)
def test_what_crosses_before_its_seal_is_taken_only_where_it_follows_what_is_held(
    node: Host, changed: dict[str, Any]
) -> None:
    reader = a_reader()
    reader.receive(delta(node))
    one = next_after(node, **changed)

    with pytest.raises(NotTrusted, match="session"):
        reader.receive_open(one.operation.author, [one])

    assert reader.held == node.replica.made
    reader.receive_open(node.author, [next_after(node)])
    assert reader.held == node.replica.made + 1


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
