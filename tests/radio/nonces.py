"""Every packet that was ever put on the air, opened with the keys the node has on disk: under which key it was sealed,
with which counter, and what is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from fleet.radio.cipher import CHANCE_SIZE, COUNTER_SIZE, NUMBER_SIZE, PROOF_SIZE, Opening
from fleet.radio.frame import Bad, Decoder
from fleet.radio.keys import unpack
from fleet.radio.packet import Kind, Packet, read
from tests.radio.air import Air


class Sealed(NamedTuple):
    """A packet of a talk: the key and the direction it was sealed for, its counter, and its body as it stood there."""

    key: tuple[bytes, bytes, int]
    counter: bytes
    body: bytes


def packets(air: Air, place: int) -> Iterator[Packet]:
    """What one end has put on the air."""
    decoder = Decoder()
    for data in air.said[place]:
        for content in decoder.receive(data):
            if not isinstance(content, Bad) and (packet := read(content)):
                yield packet


class Asked(NamedTuple):
    """An opening as it stood on the air."""

    number: int
    chance: bytes


def openings(air: Air) -> list[Asked]:
    """By what talks were asked for, each once."""
    bodies = dict.fromkeys(packet.body for packet in packets(air, 0) if packet.kind is Kind.OPEN)
    return [Asked(*said) for body in bodies if (said := Opening.read(body))]


def sealed(air: Air, home: Path) -> list[Sealed]:
    """Every packet of every talk; one that no talk explains fails."""
    secrets = [shared.secret for shared in unpack((home / "radio.keys").read_bytes())[1]]
    accepted = {packet.body[NUMBER_SIZE:-PROOF_SIZE] for packet in packets(air, 1) if packet.kind is Kind.ACCEPT}
    talks = []
    for number, chance in openings(air):
        for secret in secrets:
            opening = Opening(secret, 1, number, chance)
            talks += [(opening, answer) for answer in accepted if len(answer) == CHANCE_SIZE]
    found = []
    for place in (0, 1):
        for packet in packets(air, place):
            if packet.kind is Kind.SEALED:
                owners = [
                    (opening.body, answer, place)
                    for opening, answer in talks
                    if opening.cipher(answer, Counter(), at_base=place == 0).open(packet) is not None
                ]
                assert len(owners) == 1, "a packet no talk of this node explains"
                found.append(Sealed(owners[0], packet.body[:COUNTER_SIZE], packet.head + packet.body))
    return found
