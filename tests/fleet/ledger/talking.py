"""What tests of conversations share: both ends, a whole conversation, whether two came to the same."""

from __future__ import annotations

from fleet.ledger.exchange import Exchange
from fleet.ledger.wire import Hello, Message, Unpacker
from tests.fleet.units import UNIT
from tests.simulation.host import Host

PLENTY = 1 << 20
NOW_MS = 1_790_000_000_000


def ends(caller: Host, called: Host) -> tuple[Exchange, Exchange]:
    """Both ends of a conversation about the unit."""
    return caller.speak(UNIT, to_central=called.is_central), called.speak(UNIT)


def talk(caller: Host, called: Host, *, budget: int = PLENTY) -> int:
    """A conversation to its end. Returns how many times the caller spoke."""
    one, other = ends(caller, called)
    turns = 0
    while said := one.outgoing(budget):
        turns += 1
        other.receive(said, now_ms=NOW_MS)
        one.receive(other.outgoing(budget), now_ms=NOW_MS)
    return turns


def agree(*hosts: Host) -> bool:
    """Whether all hold the same operations and the same state."""
    return len({host.replicas[UNIT].digest() for host in hosts}) == 1


def messages(data: bytes) -> list[Message]:
    return [*Unpacker().feed(data)]


def greeted(host: Host) -> Hello:
    (hello,) = messages(host.speak(UNIT).outgoing(0))
    assert isinstance(hello, Hello)
    return hello
