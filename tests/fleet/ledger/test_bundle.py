"""Records of a unit as a file: it opens for whom it is meant, whole or not at all, and brings what a link would."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.errors import NotTrusted
from fleet.ledger import bundle, cose, kinds
from fleet.ledger.bundle import MAGIC, PROLOGUE_SIZE, Content, Item, Manifest, Reader
from fleet.ledger.canonical import Value, decode, encode
from fleet.ledger.delivery import Delivered, Delivery, consignment
from fleet.ledger.marks import Identity
from fleet.ledger.operation import Author
from fleet.ledger.replica import Statement
from fleet.ledger.store import Refusal
from fleet.ledger.suite import SHIPPED, SigningKey
from fleet.ledger.wire import Plain, pack
from tests.fleet.units import ROOT, UNIT, a_host, a_node, act, codes, submitted, write
from tests.simulation import people
from tests.simulation.clock import SimulatedRandomness
from tests.simulation.host import Host

EVERYONE = ("applicant-1", "approver-1", "dispatcher-1", "driver-1", "admin-1")
NOW_MS = 1_790_000_000_000


def sighting(time_ms: int) -> Value:
    return {"time_ms": time_ms, "lat_e6": 1, "lon_e6": 2, "speed_kmh_e1": 3, "course": 4, "order": ""}


def exported(
    host: Host, *readers: Host, there: dict[Author, int] | None = None, size_max: int = 1 << 20, seed: int = 1
) -> bytes:
    """The file one machine writes for others."""
    carried = consignment(host.replicas[UNIT], there or {}, about=None, size_max=size_max)
    return b"".join(
        bundle.write(
            Identity(UNIT, host.author, host.key),
            host.certificate,
            [Reader(reader.author, reader.key.public) for reader in readers],
            carried,
            now_ms=NOW_MS,
            randomness=SimulatedRandomness(random.Random(seed)),
        )
    )


def opened(file: bytes, key: SigningKey) -> tuple[Manifest, list[Item]]:
    """What a reader finds in a file, once all of it holds."""
    size = bundle.manifest_size(file[:PROLOGUE_SIZE])
    manifest = bundle.read_manifest(file[PROLOGUE_SIZE : PROLOGUE_SIZE + size], ROOT.public)
    content = Content(manifest, bundle.content_key(manifest, key))
    items = list(content.feed(file[PROLOGUE_SIZE + size :]))
    content.finish()
    return manifest, items


def imported(host: Host, file: bytes) -> Delivered:
    """A machine takes a file in."""
    delivery = Delivery(
        host.replicas[UNIT],
        giver=Identity(UNIT, host.author, host.key) if host.is_central else None,
        central_public=None if host.is_central else host.central_public,
    )
    for item in opened(file, host.key)[1]:
        delivery.take(item, now_ms=NOW_MS)
    return delivery.finish()


@pytest.fixture
def node() -> Host:
    """Node 1 with five people and one order submitted and approved."""
    host = a_node(1, *EVERYONE)
    submitted(host)
    write(host, act("approve", "approver-1", content="aa", opinion="yes"))
    return host


@pytest.fixture
def central() -> Host:
    return a_host(0)


def test_a_bundle_to_central_and_one_back_leave_both_as_after_a_conversation(node: Host, central: Host) -> None:
    told = imported(central, exported(node, central))
    assert (told.stored, told.not_taken, told.waiting_for) == (node.replica.made, [], ())
    assert central.replica.digest() == node.replica.digest()

    back = imported(node, exported(central, node, there={node.author: node.replica.made}))
    assert (back.stored, back.receipts) == (0, 1)
    assert node.replica.receipted == node.replica.made


def test_a_bundle_taken_twice_brings_nothing_the_second_time(node: Host, central: Host) -> None:
    file = exported(node, central)
    imported(central, file)
    receipts = dict(central.replica.receipts)

    assert imported(central, file).stored == 0
    assert central.replica.receipts == receipts


def test_a_bundle_holds_what_the_other_side_is_not_known_to_hold(node: Host, central: Host) -> None:
    imported(central, exported(node, central))
    imported(node, exported(central, node, there={node.author: node.replica.made}))
    write(node, act("dispatch", "dispatcher-1", vehicle="A", driver="driver-1"))
    there = {author: receipt.head.seq for author, receipt in node.replica.receipts.items()}

    assert imported(central, exported(node, central, there=there)).operations == {node.author: 1}
    assert central.replica.digest() == node.replica.digest()


def test_logs_that_wait_for_each_other_again_and_again_are_taken_in_one_round(node: Host, central: Host) -> None:
    second = a_node(2)
    for number in range(4):
        write(second, Statement(kinds.VEHICLE_SEEN, "vehicle/NM-1", sighting(number)))
        imported(node, exported(second, node))
        write(node, Statement(kinds.VEHICLE_SEEN, "vehicle/NM-1", sighting(number)))
        imported(second, exported(node, second))
    imported(node, exported(second, node))

    told = imported(central, exported(node, central))
    assert (told.waiting_for, told.not_taken) == ((), [])
    assert central.replica.digest() == node.replica.digest() == second.replica.digest()


def test_what_does_not_fit_stays_for_the_next_bundle_and_the_manifest_says_so(central: Host) -> None:
    node = a_node(1, *EVERYONE)
    for number in range(40):
        write(node, Statement(kinds.VEHICLE_SEEN, "vehicle/NM-1", sighting(number)))
    rest, turns = True, 0
    while rest:
        there = {author: head.seq for author, head in central.replica.state.heads.items()}
        file = exported(node, central, there=there, size_max=2_500)
        rest = opened(file, central.key)[0].rest
        imported(central, file)
        turns += 1

    assert turns > 1
    assert central.replica.digest() == node.replica.digest()


def test_a_refusal_travels_back_to_whose_record_it_is(node: Host, central: Host) -> None:
    write(node, Statement(kinds.VEHICLE_SEEN, "vehicle/NM-1", sighting(1)))
    central.replica.note_refusal(Refusal(node.replica.state.heads[node.author], "no_role", NOW_MS))

    imported(node, exported(central, node, there={node.author: node.replica.made}))
    assert codes(node.replica) == ["no_role"]


def test_the_reader_and_the_writer_open_a_bundle_and_nobody_else_does(node: Host, central: Host) -> None:
    file = exported(node, central)

    assert opened(file, central.key) == opened(file, node.key)
    with pytest.raises(NotTrusted, match="bundle_not_ours"):
        opened(file, a_host(3).key)


def test_the_manifest_says_who_wrote_it_for_whom_and_what_the_writer_holds(node: Host, central: Host) -> None:
    manifest, _ = opened(exported(node, central), central.key)

    assert (manifest.unit, manifest.author, manifest.time_ms) == (UNIT, node.author, NOW_MS)
    assert manifest.readers == (node.author, central.author)
    assert manifest.heads == node.replica.sealed_heads


@settings(max_examples=300)
@given(st.data())
def test_a_bit_changed_anywhere_ends_in_one_known_error(data: st.DataObject) -> None:
    file = bytearray(FILE)
    file[data.draw(st.integers(0, len(file) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(NotTrusted, match=r"^bundle_(none|damaged|newer)"):
        opened(bytes(file), READER.key)


@settings(max_examples=200)
@given(st.integers(0, 10_000))
def test_a_file_cut_anywhere_ends_in_one_known_error(at: int) -> None:
    with pytest.raises(NotTrusted, match=r"^bundle_(none|damaged)"):
        opened(FILE[: at % len(FILE)], READER.key)


def test_a_file_with_something_behind_it_is_refused() -> None:
    with pytest.raises(NotTrusted, match="bundle_damaged"):
        opened(FILE + b"\0", READER.key)


def test_the_content_of_one_bundle_does_not_open_under_the_manifest_of_another(node: Host, central: Host) -> None:
    one, other = (exported(node, central, seed=seed) for seed in (1, 2))
    cut = [PROLOGUE_SIZE + bundle.manifest_size(file[:PROLOGUE_SIZE]) for file in (one, other)]

    with pytest.raises(NotTrusted, match="bundle_damaged"):
        opened(one[: cut[0]] + other[cut[1] :], central.key)


@pytest.mark.parametrize("head", [b"", MAGIC, b"PK\3\4" + bytes(16), MAGIC.replace(b"\r\n", b"\n") + bytes(5)])
def test_what_is_no_bundle_is_told_so(head: bytes) -> None:
    with pytest.raises(NotTrusted, match="bundle_none"):
        bundle.manifest_size(head[:PROLOGUE_SIZE])


def test_a_stated_length_beyond_all_bounds_is_refused_before_anything_is_read() -> None:
    with pytest.raises(NotTrusted, match="bundle_damaged"):
        bundle.manifest_size(MAGIC + b"\xff" * 4)


FORGERIES: dict[str, Callable[[list[object], Host], object]] = {
    "another author": lambda payload, _: payload.__setitem__(3, 7),
    "another unit": lambda payload, _: payload.__setitem__(2, "other"),
    "somebody else's certificate": lambda payload, other: payload.__setitem__(5, other.certificate),
    "too large": lambda payload, _: payload.__setitem__(9, 1 << 40),
    "a reader of no form": lambda payload, _: payload.__setitem__(11, [[1]]),
    "more readers than may be": lambda payload, _: payload.__setitem__(11, [[1, 1, b"", b""]] * 65),
    "no suite": lambda payload, _: payload.__setitem__(1, 99),
    "too short": lambda payload, _: payload.pop(),
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_manifest_that_is_not_what_it_says_is_damage(forgery: str, node: Host) -> None:
    payload = decode(cose.payload_of(_manifest(FILE)))
    assert isinstance(payload, list)
    FORGERIES[forgery](payload, a_host(2))  # type: ignore[arg-type]
    signed = cose.sign1(SHIPPED, node.key, bundle.CONTEXT, encode(payload))

    with pytest.raises(NotTrusted, match="bundle_damaged"):
        bundle.read_manifest(signed, ROOT.public)


def test_a_bundle_of_a_later_version_is_told_so(node: Host) -> None:
    payload = decode(cose.payload_of(_manifest(FILE)))
    assert isinstance(payload, list)
    signed = cose.sign1(SHIPPED, node.key, bundle.CONTEXT, encode([2, *payload[1:], "something new"]))

    with pytest.raises(NotTrusted, match="bundle_newer"):
        bundle.read_manifest(signed, ROOT.public)


def test_a_writer_whom_another_authority_certified_is_not_believed_but_can_be_told() -> None:
    stranger = people.key("another root").public

    with pytest.raises(NotTrusted, match="bundle_damaged"):
        bundle.read_manifest(_manifest(FILE), stranger)
    assert bundle.read_manifest(_manifest(FILE), None).unit == UNIT


def test_a_frame_that_has_no_business_in_a_bundle_is_refused(node: Host, central: Host) -> None:
    stray = pack(Plain(node.author, 3))
    carried = replace(consignment(node.replica, {}, about=None), size=len(stray), frames=lambda: [stray])
    me = Identity(UNIT, node.author, node.key)
    file = b"".join(
        bundle.write(me, node.certificate, [], carried, now_ms=NOW_MS, randomness=SimulatedRandomness(random.Random(1)))
    )

    with pytest.raises(NotTrusted, match="bundle_damaged"):
        opened(file, node.key)


def _manifest(file: bytes) -> bytes:
    return file[PROLOGUE_SIZE : PROLOGUE_SIZE + bundle.manifest_size(file[:PROLOGUE_SIZE])]


READER = a_host(0)
WRITER = a_node(1, "applicant-1")
FILE = exported(WRITER, READER)
