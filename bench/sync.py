"""From two ledgers that differ by a month to two that are equal: what crosses, how often, and what it costs.

    catch up   both ends hold the first creates (phase 0); everything else was written while they were apart; one
               conversation. CPU time is that of both ends: pack, unpack, verify, store, fold.
    trickle    from empty, one conversation after every single act, over one session.
    bundle     the catch-up by hand, there and back: two real files, each opened by the real child process.
    radio      the catch-up over the real radio machines at 9,600 bit/s, in simulated time: nothing lost, and one packet
               in five.

Every byte either end gives to the link is counted, frames and all; what a link adds (TLS, packets) is its own. The
seconds of a radio are those of the channel: ten bits a byte, packets, turns, agreeing on a key, all that is said again.
`disk_bytes` is the node's database after the catch-up. Everyone's certificates are held by both before either begins.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bench.carried import by_hand
from bench.radio import Crossing, cross
from bench.replay import End, Ends, Line, read
from fleet.ledger.exchange import Exchange
from machine.system import pace_collector

BUDGET = 1 << 30
RADIO_LOSS = 0.2


@dataclass(slots=True)
class Wire:
    """Carries frames between the ends and counts them."""

    bytes_up: int = 0
    bytes_down: int = 0
    round_trips: int = 0
    crossed: list[bytes] = field(default_factory=list)

    def talk(self, node: Exchange, central: Exchange, now_ms: int) -> None:
        """A conversation, from its first to its last word."""
        while said := node.outgoing(BUDGET):
            self.carry(said, node, central, now_ms)

    def carry(self, said: bytes, node: Exchange, central: Exchange, now_ms: int) -> None:
        """One turn: what the node says, and what central answers."""
        central.receive(said, now_ms=now_ms)
        answer = central.outgoing(BUDGET)
        node.receive(answer, now_ms=now_ms)
        self.bytes_up += len(said)
        self.bytes_down += len(answer)
        self.round_trips += 1
        self.crossed += [said, answer]


def measure(workload: Path, capture: Path | None = None) -> dict[str, Any]:
    """The figures of a workload; `capture` gets every byte that crossed, in order: the catch-up, then the trickle."""
    lines = read(workload)
    pace_collector()  # as node and central do when they have started
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        caught_up, up_equal, disk_bytes, cpu_s = _catch_up(Path(first), lines)
        trickled, trickle_equal = _trickle(Path(second), lines)
    bundle_up, bundle_down, bundle_equal = _by_bundle(lines)
    radio, radio_equal = _by_radio(lines, loss=0.0)
    lossy, lossy_equal = _by_radio(lines, loss=RADIO_LOSS)
    if capture:
        capture.write_bytes(b"".join(caught_up.crossed + trickled.crossed))
    total, dripped = caught_up.bytes_up + caught_up.bytes_down, trickled.bytes_up + trickled.bytes_down
    orders = len({line.order for line in lines})
    return {
        "catch_up": {
            "bytes_up": caught_up.bytes_up,
            "bytes_down": caught_up.bytes_down,
            "bytes_per_order": round(total / max(1, orders), 1),
            "round_trips": caught_up.round_trips,
            "cpu_s": round(cpu_s, 3),
        },
        "trickle": {"bytes": dripped, "bytes_per_action": round(dripped / max(1, len(lines)), 1)},
        "radio_9600": _figures(radio),
        "radio_9600_loss20": _figures(lossy),
        "bundle": {"bytes": bundle_up + bundle_down, "state_equal": bundle_equal},
        "disk_bytes": disk_bytes,
        "state_equal": up_equal and trickle_equal and radio_equal and lossy_equal and bundle_equal,
    }


def _catch_up(directory: Path, lines: list[Line]) -> tuple[Wire, bool, int, float]:
    ends = _a_month_apart(directory, lines)
    wire = Wire()
    begin_s = time.process_time()
    wire.talk(*_exchanges(ends), ends.clock.now_ms())
    cpu_s = time.process_time() - begin_s
    return wire, _equal(ends), ends.node.disk_bytes, cpu_s


def _by_bundle(lines: list[Line]) -> tuple[int, int, bool]:
    with tempfile.TemporaryDirectory() as directory:
        ends = _a_month_apart(Path(directory), lines)
        return *by_hand(ends, Path(directory)), _equal(ends)


def _by_radio(lines: list[Line], *, loss: float) -> tuple[Crossing, bool]:
    with tempfile.TemporaryDirectory() as directory:
        ends = _a_month_apart(Path(directory), lines)
        begin = partial(_exchange, ends, standing=False)
        return cross(ends.node, ends.central, ends.root, begin, loss=loss), _equal(ends)


def _figures(crossing: Crossing) -> dict[str, Any]:
    return {"seconds": round(crossing.seconds, 1), "air_bytes": crossing.air_bytes, "resent": crossing.resent}


def _a_month_apart(directory: Path, lines: list[Line]) -> Ends:
    ends = Ends(directory, lines)
    _meet(ends)
    for line in lines:
        if line.phase == 0:
            ends.act(line)
    _meet(ends)
    for line in lines:
        if line.phase == 1:
            ends.act(line)
    return ends


def _trickle(directory: Path, lines: list[Line]) -> tuple[Wire, bool]:
    ends = Ends(directory, lines)
    _meet(ends)
    wire, exchanges = Wire(), _exchanges(ends, standing=True)
    node, central = exchanges
    for line in lines:
        ends.act(line)
        if line.node == "central":
            node.ask()
        wire.talk(node, central, ends.clock.now_ms())
    wire.carry(node.closing(), node, central, ends.clock.now_ms())
    return wire, _equal(ends)


def _meet(ends: Ends) -> None:
    Wire().talk(*_exchanges(ends), ends.clock.now_ms())


def _exchanges(ends: Ends, *, standing: bool = False) -> tuple[Exchange, Exchange]:
    return _exchange(ends, ends.node, standing=standing), _exchange(ends, ends.central, standing=False)


def _exchange(ends: Ends, end: End, *, standing: bool) -> Exchange:
    at_node = end is ends.node
    return Exchange(
        end.replica,
        end.speaker,
        root_public=ends.root.public,
        central_public=ends.central.identity.key.public if at_node else None,
        believed=[receipt.head for receipt in end.replica.receipts.values()] if at_node else (),
        standing=standing,
    )


def _equal(ends: Ends) -> bool:
    return ends.node.replica.digest() == ends.central.replica.digest()
