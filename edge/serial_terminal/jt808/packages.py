"""Sub-packages: packets of one long message in, the whole message out.

Rules kept here:
* Packets belong together by phone, message id and total; any order will do and a repeated one is ignored. Serial
  numbers are not assumed to run on: terminals send other messages in between. The same index under another serial is
  a new message.
* A message still not whole GAP_MAX_MS after its last packet is given up and named, never kept for ever. Before that
  its missing packets are worth asking for, ASKS_MAX times, at growing distances.
* Bounded: GROUPS_MAX messages under way, PACKETS_MAX packets in one, BYTES_MAX in all; the oldest gives way.
Source: JT/T 808-2013 and -2019, sub-packaging; 0x8003 asks for missing packets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from edge.serial_terminal.jt808.header import Header

GAP_MAX_MS = 60_000
ASK_AFTER_MS, ASKS_MAX = 5_000, 3
GROUPS_MAX, PACKETS_MAX, BYTES_MAX = 32, 1024, 4 << 20
ASKED_MAX = 255  # packet indexes in one 0x8003 of 2013, whose count is a BYTE

Key = tuple[str, int, int]  # phone, message id, total


class Whole(NamedTuple):
    """A message with all its packets: the first one's header, the joined body, the packets' serials by index."""

    header: Header
    body: bytes
    serials: tuple[int, ...]


class Missing(NamedTuple):
    """What to ask a terminal for: `serial` names the message by its first packet, `indexes` the packets.

    `header` and `head` are those of the lowest packet held.
    """

    header: Header
    serial: int
    indexes: tuple[int, ...]
    head: bytes = b""


@dataclass(slots=True)
class _Group:
    heard_ms: int
    packets: dict[int, tuple[Header, bytes]] = field(default_factory=dict)
    size: int = 0  # bytes
    asks: int = 0


class Packages:
    """The long messages under way on one line."""

    def __init__(self) -> None:
        self._groups: dict[Key, _Group] = {}

    def add(self, header: Header, body: bytes, at_ms: int) -> Whole | None:
        """Take one packet; return the whole message if it was the last one wanted."""
        if header.packet_total > PACKETS_MAX:
            return None
        key = (header.phone, header.msg_id, header.packet_total)
        group = self._groups.pop(key, None)
        held = group.packets.get(header.packet_index) if group else None
        if group is None or (held is not None and held[0].serial != header.serial):
            group = _Group(at_ms)
        if header.packet_index not in group.packets:
            group.packets[header.packet_index] = header, body
            group.size += len(body)
        group.heard_ms = at_ms
        if len(group.packets) < header.packet_total:
            self._groups[key] = group  # put back at the young end
            self._make_room()
            return None
        packets = [group.packets[index] for index in range(1, header.packet_total + 1)]
        return Whole(packets[0][0], b"".join(body for _, body in packets), tuple(head.serial for head, _ in packets))

    def missing(self, at_ms: int) -> list[Missing]:
        """Messages that have been waiting long enough to ask for the rest; each ask doubles the wait."""
        wanted = []
        for (_, _, total), group in self._groups.items():
            if group.asks < ASKS_MAX and at_ms - group.heard_ms >= ASK_AFTER_MS << group.asks:
                group.asks += 1
                lowest = min(group.packets)
                header, head = group.packets[lowest]
                gone = [index for index in range(1, total + 1) if index not in group.packets]
                # Without packet 1 its serial can only be counted back from the lowest one held.
                first = (header.serial - lowest + 1) & 0xFFFF
                wanted.append(Missing(header, first, tuple(gone[:ASKED_MAX]), head))
        return wanted

    def expire(self, at_ms: int) -> list[Header]:
        """Give up what has been silent too long; return one header of each, for the counters and the journal."""
        stale = [key for key, group in self._groups.items() if at_ms - group.heard_ms > GAP_MAX_MS]
        return [next(iter(self._groups.pop(key).packets.values()))[0] for key in stale]

    def _make_room(self) -> None:
        while len(self._groups) > GROUPS_MAX or sum(group.size for group in self._groups.values()) > BYTES_MAX:
            del self._groups[next(iter(self._groups))]
