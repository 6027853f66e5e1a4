"""The two processes that are killed: a node that writes, syncs and checkpoints as fast as it can, and its central.

Both say on a pipe what they are about to do, and the node up to where its log is acknowledged, in lines:

    up · writer · sync · checkpoint · waiting          ack NUMBER HASH

What was written into a pipe is there even if its writer is killed the moment after.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import struct
from contextlib import suppress

from edge.store.journal import Office
from fleet.rules.order import Act
from tests.crash.place import Place
from tests.edge.unit import APPLICANT, APPROVER, PLATE, UNIT, a_form, sighting

MAIN_FILE_CHANCE = 0.3
"""How often a checkpoint of the ledger is followed by one of SQLite's own, from its log into the main file."""
BUDGET = 1 << 20
_LENGTH = struct.Struct(">I")


class Pipe:
    """Where a child says what it does."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def say(self, *words: object) -> None:
        os.write(self._descriptor, " ".join(map(str, words)).encode() + b"\n")


def node(place: Place, link: socket.socket, pipe: Pipe, seed: int) -> None:
    """Work until killed; where central is gone, without it."""
    chance, linked = random.Random(seed), True
    with place.office() as office:
        pipe.say("up")
        while True:
            what = chance.choices(["writer", "sync", "checkpoint"], [5, 3 * linked, 1])[0]
            pipe.say(what)
            if what == "writer":
                _write(place, office, chance)
                head = office.replica.state.heads[place.author]
                pipe.say("ack", head.seq, head.hash.hex())
            elif what == "sync":
                linked = _converse(place, office, link)
            else:
                office.replica.checkpoint()
                if chance.random() < MAIN_FILE_CHANCE:
                    office.store.query("PRAGMA wal_checkpoint(TRUNCATE)", ())


def central(place: Place, link: socket.socket, pipe: Pipe, seed: int) -> None:
    """Answer until killed; once the node is gone there is nothing more to do."""
    chance = random.Random(seed)
    with place.held() as region:
        pipe.say("up")
        with suppress(OSError):
            while said := _heard(link):
                pipe.say("sync")
                answer = region.converse(UNIT, said, link="https")
                link.sendall(_LENGTH.pack(len(answer)) + answer)
                if chance.random() < MAIN_FILE_CHANCE:
                    pipe.say("checkpoint")
                    region.replica(UNIT).checkpoint()
                pipe.say("waiting")
        pipe.say("waiting")
        signal.pause()


def _write(place: Place, office: Office, chance: random.Random) -> None:
    """One commit or two: an order and a decision on it, many sightings at once, or a single one."""
    match chance.randrange(4):
        case 0:
            now_ms = place.clock.now_ms()
            form = a_form(start_ms=now_ms + 3_600_000, end_ms=now_ms + 7_200_000)
            order = office.desk.submit(place.signers[APPLICANT], form)
            office.desk.act(place.signers[APPROVER], order, Act.APPROVE, {"opinion": "同意"})
        case 1:
            office.replica.write([sighting(PLATE, time_ms=chance.randrange(1 << 40)) for _ in range(20)])
        case _:
            office.replica.write([sighting(PLATE, time_ms=chance.randrange(1 << 40))])


def _converse(place: Place, office: Office, link: socket.socket) -> bool:
    """Talk until nothing is left to say; False if nobody is there any more."""
    exchange = place.exchange(office)
    while outgoing := exchange.outgoing(BUDGET):
        try:
            link.sendall(_LENGTH.pack(len(outgoing)) + outgoing)
            answer = _heard(link)
        except OSError:
            return False
        if not answer:
            return False
        exchange.receive(answer, now_ms=place.clock.now_ms())
    return True


def _heard(link: socket.socket) -> bytes:
    """The next turn of the other end, whole; b"" if it died before it had said it."""
    head = _exactly(link, _LENGTH.size)
    return _exactly(link, _LENGTH.unpack(head)[0]) if head else b""


def _exactly(link: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        if not (part := link.recv(size - len(data))):
            return b""
        data += part
    return bytes(data)
