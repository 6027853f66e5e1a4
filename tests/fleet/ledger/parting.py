"""What tests of logs that were continued twice share: a copied disk, two branches, a conversation to its end."""

from __future__ import annotations

from copy import deepcopy

from tests.fleet.units import UNIT, a_host, act, write
from tests.simulation.host import Host

PLACE = 9
"""Where the log parts: after the node's certificate, five people's, a form and its submission."""


def copied(host: Host) -> Host:
    """A second machine with the same disk and the same keys."""
    twin = a_host(host.author.node, incarnation=host.author.incarnation)
    twin.disks = deepcopy(host.disks)
    twin.power_cut()
    twin.power_on()
    twin.clock.time.pass_ms(1_000)
    return twin


def parted(node: Host) -> Host:
    """A copy of the node; since then the node has approved the order and the copy has sent it back."""
    twin = copied(node)
    write(node, act("approve", "approver-1", content="aa"))
    write(twin, act("send_back", "approver-1", content="aa", reason="Share a vehicle"))
    return twin


def talk(first: Host, second: Host, *, turns_max: int = 40) -> int:
    """A conversation to its end; how many turns it took."""
    ends = first.speak(UNIT, to_central=second.is_central), second.speak(UNIT)
    for turn in range(turns_max):
        speaker, listener = ends if turn % 2 == 0 else ends[::-1]
        said = speaker.outgoing(1 << 22)
        if not said and turn:
            return turn
        listener.receive(said, now_ms=7)
    raise AssertionError("a conversation without end")
