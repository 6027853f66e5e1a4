"""What is asked for plain, and what is sent so: the same thing once in a conversation, whatever the other end says."""

from __future__ import annotations

from fleet.ledger.backlog import Backlog
from fleet.ledger.delta import Delta
from fleet.ledger.memory import NEWEST
from fleet.ledger.partings import Partings
from fleet.ledger.wire import Packed, Plain
from tests.fleet.ledger.talking import PLENTY
from tests.simulation.host import Host


def test_a_log_is_asked_for_from_one_place_once_and_from_earlier_again(node: Host) -> None:
    partings, author = Partings(node.replica, Backlog(node.replica, (), NEWEST)), node.author
    asked = list[Plain]()
    for held in (4, 4, 2, 4, 2):
        partings.ask_plain(author, held)
        asked += partings.asking.values()
        partings.asking.clear()

    assert asked == [Plain(author, 4), Plain(author, 2)]


def test_a_log_asked_for_plain_goes_so_from_there_on_and_once(node: Host) -> None:
    backlog, author = Backlog(node.replica, (), NEWEST), node.author
    whole = backlog.take_next(PLENTY)
    assert whole
    assert isinstance(backlog.packed(whole, backlog.place_of(whole)), Packed)
    assert backlog.take_next(PLENTY) is None

    backlog.serve(Plain(author, 2))
    again = backlog.take_next(PLENTY)
    assert again
    assert again.operations == whole.operations[2:]
    assert isinstance(backlog.packed(again, backlog.place_of(again)), Delta)

    backlog.serve(Plain(author, 2))
    assert backlog.take_next(PLENTY) is None
