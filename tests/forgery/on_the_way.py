"""Forgeries by a hand on the link, with no key but one of its own: what honest nodes wrote, put together anew."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cbor2

from fleet.ledger import wire
from fleet.ledger.canonical import encode
from fleet.ledger.certificate import CENTRAL, Certificate, issue
from fleet.ledger.cose import payload_of, whole
from fleet.ledger.delta import Delta
from fleet.ledger.exchange import Exchange, Speaker
from fleet.ledger.marks import Identity, give_receipt, seal
from fleet.ledger.operation import ORIGIN, Author, Operation, name, read
from fleet.ledger.store import RUN_OPERATIONS_MAX
from fleet.ledger.suite import SHIPPED
from fleet.ledger.wire import Hello, Live, Unpacker, pack
from tests.fleet.units import CAST, ROOT, UNIT, delta
from tests.forgery.ground import STRANGER, Class, Frames, Ground, table

NOBODY = Author(9, 1)
"""An author the unit has never heard of; the key is the stranger's."""

# -- what is on its way, changed --------------------------------------------------------------------------------------


def _tail(ground: Ground, change: Callable[[list[bytes]], list[bytes]]) -> Delta:
    return ground.tail._replace(operations=tuple(change([*ground.tail.operations])))


def _rewritten(ground: Ground, **changed: Any) -> Delta:
    """One operation with something else in it, those after it chained to it anew."""
    begin = ground.chance.randrange(len(ground.tail.operations))
    made: list[bytes] = [*ground.tail.operations[:begin]]
    for at, data in enumerate(ground.tail.operations[begin:]):
        operation = read(data).operation
        if at == 0:
            operation = replace(operation, **changed)
        elif ground.chance.random() < 0.5:
            operation = replace(operation, prev=read(made[-1]).hash)
        made.append(name(operation).data)
    return ground.tail._replace(operations=tuple(made))


def _left_out(ground: Ground) -> Delta:
    at = ground.chance.randrange(1, len(ground.tail.operations) - 1)
    return _tail(ground, lambda run: run[:at] + run[at + 1 :])


def _swapped(ground: Ground) -> Delta:
    at = ground.chance.randrange(len(ground.tail.operations) - 1)
    return _tail(ground, lambda run: [*run[:at], run[at + 1], run[at], *run[at + 2 :]])


def _added(ground: Ground) -> Delta:
    last = read(ground.tail.operations[-1])
    added = replace(last.operation, seq=last.operation.seq + 1, prev=last.hash, hlc=last.operation.hlc + 1)
    return _tail(ground, lambda run: [*run, name(added).data])


def _cut(ground: Ground) -> Delta:
    end = ground.chance.randrange(1, len(ground.tail.operations))
    return _tail(ground, lambda run: run[:end])


def _bit(ground: Ground, data: bytes) -> bytes:
    turned = bytearray(data)
    turned[ground.chance.randrange(len(turned))] ^= 1 << ground.chance.randrange(8)
    return bytes(turned)


def _turned(ground: Ground) -> Delta:
    at = ground.chance.randrange(len(ground.tail.operations))
    return _tail(ground, lambda run: [*run[:at], _bit(ground, run[at]), *run[at + 1 :]])


def _as_list(ground: Ground, change: Callable[[list[Any]], object]) -> Delta:
    """The last operation as a list, with something in it that no operation has, in canonical form all the same."""
    fields = cbor2.loads(ground.tail.operations[-1])
    change(fields)
    return _tail(ground, lambda run: [*run[:-1], cbor2.dumps(fields, canonical=True)])


def _padded(ground: Ground) -> Delta:
    """The first operation's list with its length in two bytes instead of one: the same value, other bytes."""
    return _tail(ground, lambda run: [b"\x98\x0e" + run[0][1:], *run[1:]])


def _renamed(ground: Ground) -> Delta:
    author = ground.chance.choice([ground.insider.author, ground.revoked.author])
    return ground.tail._replace(author=author)


# -- whose log it is --------------------------------------------------------------------------------------------------


def _log_of(author: Author, certificate: bytes, *, kind: str = "node.enrol") -> Delta:
    """A log that begins with some certificate, sealed with the stranger's own key."""
    first = Operation(
        suite=SHIPPED.id, unit=UNIT, author=author, seq=1, prev=ORIGIN, deps=(), hlc=1 << 40, receipt=0,
        kind=kind, target=f"node/{author.node}", body=certificate,
    )  # fmt: skip
    named = name(first)
    return Delta(author, (named.data,), seal(Identity(UNIT, author, STRANGER), named.head))


def _own_certificate(ground: Ground, root: bytes, **changed: Any) -> bytes:
    real = Certificate(
        suite=SHIPPED.id, kind="node", unit=UNIT, unit_name="", subject=str(NOBODY.node), incarnation=1, name="",
        roles=(), public=STRANGER.public, issued_ms=0, lease_ms=ground.honest.clock.now_ms() + 1,
    )  # fmt: skip
    return issue(SHIPPED.key(root), replace(real, **changed))


def _key_put_in(ground: Ground) -> Delta:
    """The honest node's certificate with another key in it, under the root's signature on the real one."""
    real = ground.honest.certificate
    fields = cbor2.loads(payload_of(real))
    fields[8] = STRANGER.public
    mark = cbor2.loads(real).value[3]
    return _log_of(Author(ground.honest.author.node, 2), whole(SHIPPED, encode(fields), mark))


def _next_of_honest(ground: Ground) -> Operation:
    head = ground.victim.state.heads[ground.honest.author]
    return replace(
        ground.next("vehicle.seen", "vehicle/NM-1", {}), author=head.author, seq=head.seq + 1, prev=head.hash
    )


# -- receipts and greetings -------------------------------------------------------------------------------------------


def _greeting(ground: Ground) -> Hello:
    """A real greeting of the honest node, as anybody on the link has it."""
    exchange = ground.honest.speak(UNIT, to_central=True)
    hello = next(iter(Unpacker().feed(exchange.outgoing(1 << 20))))
    assert isinstance(hello, Hello)
    return hello


def _other_heads(ground: Ground) -> Frames:
    hello = _greeting(ground)
    fewer = tuple(head for head in hello.heads if ground.chance.random() < 0.5)
    return Frames(pack(hello._replace(heads=fewer[: len(hello.heads) - 1])))


def _greets_for_another(ground: Ground) -> Frames:
    """The insider's own greeting, in another's name."""
    me = Speaker(ground.me, ground.honest.certificate)
    exchange = Exchange(ground.insider.replica, me, root_public=ROOT.public)
    return Frames(exchange.outgoing(1 << 10))


def _greets_as_person(ground: Ground) -> Frames:
    me = Speaker(ground.me, CAST[ground.chance.choice(["approver-1", "head-1"])].certificate)
    return Frames(Exchange(ground.insider.replica, me, root_public=ROOT.public).outgoing(1 << 10))


def _greets_without_signing(ground: Ground) -> Frames:
    return Frames(pack(_greeting(ground)._replace(signature=ground.chance.randbytes(64))))


def _live(ground: Ground) -> Frames:
    """What only a session could carry, after a real greeting that agreed on none."""
    live = Live(bytes([1]) + ground.chance.randbytes(40))
    return Frames(pack(_greeting(ground)) + pack(live))


def _sealed_frame(ground: Ground) -> Frames:
    sealed = wire.Sealed(ground.victim.state.heads[ground.honest.author], ground.chance.randbytes(64))
    return Frames(pack(_greeting(ground)) + pack(sealed))


def _bomb_frame(ground: Ground) -> Frames:
    """A frame that unpacks to far more than it is."""
    packed = zlib.compress(bytes(wire.UNPACKED_SIZE_MAX + ground.chance.randrange(1, 1 << 10)), 9)
    return Frames(pack(_greeting(ground)) + wire.frame(encode(["delta", 1, 1, packed, b""])))


BROKEN = "not_cbor not_canonical operation_form unknown_suite wrong_log chain seal"

CLASSES: dict[str, Class] = table({
    "another body in an operation": (lambda g: _rewritten(g, body={"content": "ff"}), "chain seal"),
    "another target in an operation": (lambda g: _rewritten(g, target="order/1-00009"), "chain seal"),
    "another person named in an operation": (lambda g: _rewritten(g, person="approver-2"), "chain seal"),
    "an operation dated back": (lambda g: _rewritten(g, hlc=g.chance.randrange(1 << 50)), "chain seal"),
    "an operation that has seen less": (lambda g: _rewritten(g, receipt=0, deps=(), kind="order.close"), "chain seal"),
    "an operation left out of the middle": (_left_out, "chain"),
    "two operations swapped": (_swapped, "chain"),
    "an operation added behind the seal": (_added, "seal"),
    "the end of a log cut off": (_cut, "seal"),
    "a bit turned in an operation": (_turned, BROKEN),
    "a bit turned in a seal": (lambda g: g.tail._replace(seal=_bit(g, g.tail.seal)), "seal"),
    "the seal of an earlier end": (lambda g: g.tail._replace(seal=delta(g.insider).seal), "seal"),
    "no seal": (lambda g: g.tail._replace(seal=b""), "seal"),
    "another author named over a run": (_renamed, "wrong_log"),
    "the log of another unit": (lambda g: _rewritten(g, unit="u2"), "wrong_log chain"),
    "the same value in other bytes": (_padded, "not_canonical"),
    "true for the number one": (lambda g: _as_list(g, lambda one: one.__setitem__(4, True)), "operation_form"),
    "a number below nothing": (lambda g: _as_list(g, lambda one: one.__setitem__(7, -1)), "operation_form"),
    "a list one longer": (lambda g: _as_list(g, lambda one: one.append(None)), "operation_form"),
    "a suite that nobody knows": (lambda g: _as_list(g, lambda one: one.__setitem__(0, 9)), "unknown_suite"),
    "a run of nothing": (lambda g: g.tail._replace(operations=()), "delta_size"),
    "a run without end": (
        lambda g: g.tail._replace(operations=g.tail.operations[:1] * (RUN_OPERATIONS_MAX + 1)), "delta_size"
    ),
    "an operation of a megabyte": (lambda g: _tail(g, lambda run: [*run, bytes(1 << 20)]), "too_large"),
    "an operation sealed by a stranger": (lambda g: g.sealed(_next_of_honest(g), by=STRANGER), "seal"),
    "an operation sealed by another node of the unit": (lambda g: g.sealed(_next_of_honest(g)), "seal"),
    "a node that made its own certificate": (
        lambda g: _log_of(NOBODY, _own_certificate(g, b"thief" + g.chance.randbytes(27))), "signature"
    ),
    "a certificate with another key put in": (_key_put_in, "signature"),
    "another node's certificate at the head of a log": (
        lambda g: _log_of(NOBODY, g.honest.certificate), "wrong_certificate"
    ),
    "a person's certificate at the head of a log": (
        lambda g: _log_of(NOBODY, CAST["admin-1"].certificate), "wrong_certificate"
    ),
    "a life that no certificate names": (
        lambda g: _log_of(Author(1, g.chance.randrange(2, 900)), g.honest.certificate), "wrong_certificate"
    ),
    "a log that claims to be central's": (
        lambda g: _log_of(Author(CENTRAL, 1), g.honest.certificate), "wrong_certificate"
    ),
    "a log without a certificate at its head": (lambda g: _log_of(NOBODY, b"", kind="vehicle.seen"), "no_certificate"),
    "a receipt by a node": (
        lambda g: give_receipt(g.me.key, g.receipt.head, g.receipt.time_ms), "receipt_signature"
    ),
    "a receipt dated back": (
        lambda g: g.receipt._replace(time_ms=g.chance.randrange(g.receipt.time_ms)), "receipt_signature"
    ),
    "a receipt moved to another operation": (
        lambda g: g.receipt._replace(head=g.victim.state.heads[g.insider.author]), "receipt_signature"
    ),
    "a greeting with other heads": (_other_heads, "signature"),
    "a greeting that another node signed": (_greets_for_another, "wrong_certificate"),
    "a greeting under a person's certificate": (_greets_as_person, "wrong_certificate"),
    "a greeting that nobody signed": (_greets_without_signing, "signature"),
    "frames before any greeting": (lambda g: Frames(pack(g.tail)), "no_hello"),
    "a live frame without a session": (_live, "session"),
    "a late seal that is none": (_sealed_frame, "session"),
    "a frame that unpacks without end": (_bomb_frame, "too_large"),
})  # fmt: skip
