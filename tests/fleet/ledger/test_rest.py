"""A machine starts from a checkpoint as if from the whole log; what rests on disk is as true as what is in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.errors import NotTrusted, Unavailable
from fleet.ledger import dossier, judge, rest
from fleet.ledger import state as state_module
from fleet.ledger.digest import state_hash
from fleet.ledger.fold import Refold
from fleet.ledger.operation import Named
from fleet.ledger.replica import Replica, Statement
from fleet.ledger.state import BY_TARGET, MAPS, State
from fleet.rules.facts import RECENT_MS
from tests.fleet.units import UNIT, a_host, a_node, act, an_edit, codes, delta, submitted, write
from tests.simulation.disk import PowerCut
from tests.simulation.host import Host

ORDERS = ("1-00001", "1-00002", "2-00001")
ACTS = ("approve", "cancel", "dispatch", "depart", "return", "close")
PARTICULARS: dict[str, dict[str, Any]] = {
    "approve": {"content": "aa"},
    "cancel": {"reason": "rain"},
    "dispatch": {"vehicle": "NM-1", "driver": "driver-1"},
    "depart": {"odometer_km": 10},
    "return": {"odometer_km": 20},
    "close": {"receipts": "none"},
}
WHO = {
    "approve": "approver-1",
    "cancel": "applicant-1",
    "dispatch": "dispatcher-1",
    "depart": "driver-1",
    "return": "driver-1",
    "close": "dispatcher-1",
}
CAST = ("applicant-1", "approver-1", "dispatcher-1", "driver-1", "admin-1")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends may rest at once."""
    monkeypatch.setattr(state_module, "RECENT_MS", -(1 << 60))


@pytest.fixture
def node() -> Host:
    return a_node(1, *CAST)


def deed(name: str, order_id: str = "1-00001") -> Statement:
    return act(name, WHO[name], order_id, **PARTICULARS[name])


def ended(host: Host, order_id: str = "1-00001") -> None:
    """An order that is over, and rests."""
    submitted(host, order_id)
    write(host, deed("cancel", order_id))
    host.replica.checkpoint()


def restart(host: Host) -> Replica:
    host.power_cut()
    host.power_on()
    return host.replica


def from_the_beginning(host: Host) -> State:
    """What the whole log folds to, with nothing at rest."""
    fold = Refold(host.root_public)
    for placing in host.disks[UNIT].log:
        fold.take(placing.named, placing.seal)
    return fold.state


def told(state: State) -> dict[str, Any]:
    """Everything a state answers, opened to the last dossier."""
    whole = {name: dict(getattr(state, name)) for name in MAPS}
    whole["documents"] = {name: dict(document.fields) for name, document in whole["documents"].items()}
    whole["orders"] = {name: order for name, order in whole["orders"].items() if whole["acts"].get(name)}
    return whole


# -- starting -------------------------------------------------------------------------------------------------------


def test_a_start_reads_only_what_came_after_the_checkpoint(node: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    submitted(node)
    node.replica.checkpoint()
    write(node, deed("approve"))
    before, judged = told(node.replica.state), []
    verdict = judge.verdict

    def counted(state: State, named: Named, root_public: bytes) -> str:
        judged.append(named.operation.kind)
        return verdict(state, named, root_public)

    monkeypatch.setattr(judge, "verdict", counted)
    again = restart(node)

    assert judged == ["order.approve"]
    assert told(again.state) == before
    assert again.digest() == state_hash(from_the_beginning(node)).hex()


def test_a_checkpoint_comes_by_itself_with_the_commit_after_so_many_operations(
    node: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "EVERY", 3)
    disk = node.disks[UNIT]
    before, commits = len(disk.log), disk.commits
    assert disk.standing == {}

    submitted(node)

    mark = rest.mark_of(disk.standing)
    assert mark is not None
    assert (mark.operations, disk.commits) == (before, commits + 1)


def test_what_another_version_has_kept_is_not_started_from(node: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    ended(node)
    monkeypatch.setattr(rest, "VERSION", rest.VERSION + 1)

    again = restart(node)

    assert "order/1-00001" not in again.state.archive
    assert again.digest() == state_hash(from_the_beginning(node)).hex()
    again.checkpoint()
    assert restart(node).digest() == again.digest()


def test_a_seal_that_came_after_the_checkpoint_is_found_at_the_start(node: Host) -> None:
    central = a_host(0)
    central.replica.receive(delta(node))
    known = node.replica.made
    submitted(node)
    later = [placing.named for placing in node.disks[UNIT].log[known:]]
    central.replica.receive_open(node.author, later)
    central.replica.checkpoint()
    seal = node.disks[UNIT].log[-1].seal
    assert seal is not None
    central.replica.receive_seal(later[-1].head, seal)

    assert restart(central).sealed_heads == central.replica.sealed_heads == (later[-1].head,)


def test_a_checkpoint_that_cannot_be_read_is_told_and_not_guessed_at(node: Host) -> None:
    ended(node)
    disk = node.disks[UNIT]
    part, key = next(entry for entry in disk.standing if entry[0] == "people")
    disk.standing[part, key] = b"\xc1"

    with pytest.raises(NotTrusted, match="checkpoint"):
        restart(node)


def test_a_disk_that_refuses_the_checkpoint_leaves_everything_as_it_was(node: Host) -> None:
    submitted(node)
    write(node, deed("cancel"))
    before, disk = told(node.replica.state), node.disks[UNIT]
    disk.full = True

    with pytest.raises(Unavailable):
        node.replica.checkpoint()

    assert told(node.replica.state) == before
    disk.full = False
    node.replica.checkpoint()
    assert told(restart(node).state) == before


# -- resting --------------------------------------------------------------------------------------------------------


def test_what_has_ended_leaves_the_memory_and_is_there_when_asked_for(node: Host) -> None:
    submitted(node)
    write(node, deed("cancel"))
    before, digest = told(node.replica.state), node.replica.digest()

    node.replica.checkpoint()

    state: Any = node.replica.state
    assert all("1-00001" not in getattr(state, name).hot for name in ("orders", "acts"))
    assert "order/1-00001" not in state.documents.hot
    assert "order/1-00001" not in node.disks[UNIT].snapshots
    assert (told(state), node.replica.digest()) == (before, digest)
    assert state.open_orders() == []
    assert ("1-00001" in state.orders, "1-00009" in state.orders, "order/1-00001" in state.cases) == (
        True,
        False,
        False,
    )


def test_what_ended_lately_stays_in_memory_until_it_is_no_longer_recent(
    node: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_module, "RECENT_MS", RECENT_MS)
    ended(node)
    digest = node.replica.digest()
    assert "order/1-00001" not in node.replica.state.archive
    assert [order.id for order in node.replica.state.recent_orders(node.clock.now_ms())] == ["1-00001"]

    node.clock.time.now_ms += RECENT_MS + 1
    submitted(node, "1-00002")
    node.replica.checkpoint()

    assert "order/1-00001" in node.replica.state.archive
    assert [order.id for order in node.replica.state.recent_orders(node.clock.now_ms())] == ["1-00002"]
    assert restart(node).digest() == node.replica.digest() != digest


def test_what_is_still_open_stays_in_memory(node: Host) -> None:
    submitted(node)
    node.replica.checkpoint()

    assert [order.id for order in node.replica.state.open_orders()] == ["1-00001"]
    assert [order.id for order in restart(node).state.open_orders()] == ["1-00001"]
    assert "order/1-00001" not in node.replica.state.archive


def test_a_late_departure_wakes_an_order_that_was_called_off(node: Host) -> None:
    other = a_node(2)
    submitted(node)
    write(node, deed("approve"), deed("dispatch"))
    other.replica.receive(delta(node))
    write(other, deed("depart"))  # who left had not heard
    write(node, deed("cancel"))
    node.replica.checkpoint()
    assert "order/1-00001" in node.replica.state.archive

    node.replica.receive(delta(other))

    order = node.replica.state.orders["1-00001"]
    assert (order.state, order.notes) == ("departed", ("cancel_after_departure",))
    assert [each.id for each in node.replica.state.open_orders()] == ["1-00001"]
    node.replica.checkpoint()
    assert node.disks[UNIT].archive == {}
    assert node.replica.state.document("order/1-00001").fields["rider"] == "Bayar", "all of it woke, not what changed"
    assert "order/1-00001" in node.disks[UNIT].snapshots
    assert node.replica.digest() == state_hash(from_the_beginning(node)).hex()
    assert restart(node).digest() == state_hash(from_the_beginning(node)).hex()


def test_an_amendment_of_what_rests_is_put_to_it_and_it_rests_again(node: Host) -> None:
    ended(node)
    before = node.disks[UNIT].archive["order/1-00001"]

    write(node, an_edit(node, "order/1-00001", "applicant-1", remark="told by telephone"))

    assert node.replica.state.document("order/1-00001").fields["remark"] == "told by telephone"
    assert node.replica.state.document("order/1-00001").fields["rider"] == "Bayar"
    digest = node.replica.digest()
    node.replica.checkpoint()
    assert node.disks[UNIT].archive["order/1-00001"] != before
    assert restart(node).digest() == digest == state_hash(from_the_beginning(node)).hex()


def test_an_act_on_what_rests_is_refused_by_its_rules_and_kept_beside_it(node: Host) -> None:
    ended(node)

    write(node, deed("approve"))

    assert [refused.code for refused in node.replica.state.orders["1-00001"].refused] == ["illegal_move"]
    assert codes(node.replica) == []


@pytest.mark.parametrize("target", ["order/1-00001", "supplement/1-0001"])
def test_a_dossier_packed_and_opened_says_the_same(node: Host, target: str) -> None:
    submitted(node)
    body: dict[str, Any] = {"plate": "NM-1", "at_ms": 1, "reason": "flood"}
    write(node, Statement("supplement.notice", "supplement/1-0001", body, deed("dispatch").signer))
    held = dossier.parts(node.replica.state, target)

    opened = dossier.open_dossier(target, dossier.pack(held))

    assert held
    assert opened.keys() == held.keys()
    assert dossier.digest(target, opened) == dossier.digest(target, held) != 0
    assert all(opened[name] == held[name] for name in held if name != "documents")


def test_every_map_of_a_state_rests_in_one_way() -> None:
    """A map added to the state is kept without a word; one that cannot be read back by its type fails here."""
    assert set(rest.CODECS) == set(MAPS) - set(BY_TARGET)


# -- whatever happens -----------------------------------------------------------------------------------------------

step = st.one_of(
    st.tuples(st.just("act"), st.integers(0, 1), st.sampled_from(ORDERS), st.sampled_from(("submit", "edit", *ACTS))),
    st.tuples(st.just("hear"), st.integers(0, 1)),
    st.tuples(st.just("rest"), st.integers(0, 1)),
    st.tuples(st.just("crash"), st.integers(0, 1)),
    st.tuples(st.just("strike"), st.integers(0, 1), st.sampled_from(("before", "after"))),
)


def play(hosts: tuple[Host, Host], steps: list[tuple[Any, ...]]) -> Iterator[None]:
    for number, (what, at, *more) in enumerate(steps):
        host, other = hosts[at], hosts[1 - at]
        try:
            if what == "act":
                _do(host, more[0], more[1], number)
            elif what == "hear":
                host.replica.receive(delta(other))
            elif what == "rest":
                host.replica.checkpoint()
            elif what == "crash":
                restart(host)
            else:
                host.disks[UNIT].strike = more[0]
        except PowerCut:
            restart(host)
        yield


def _do(host: Host, order_id: str, name: str, number: int) -> None:
    if name == "submit":
        statement = act("submit", "applicant-1", order_id, content=f"{number:02x}" if number % 2 else "aa")
    elif name == "edit":
        statement = an_edit(host, f"order/{order_id}", "applicant-1", remark=str(number))
    else:
        statement = deed(name, order_id)
    write(host, statement)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, min_size=5, max_size=40))
def test_at_rest_or_not_cut_off_anywhere_the_log_alone_decides_what_is_true(
    steps: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "EVERY", 7)
    hosts = a_node(1, *CAST), a_node(2)
    for host, other in (hosts, hosts[::-1]):
        host.replica.receive(delta(other))

    for _ in play(hosts, steps):
        for host in hosts:
            assert host.replica.digest() == state_hash(from_the_beginning(host)).hex()

    for host, other in (hosts, hosts[::-1], hosts):
        host.disks[UNIT].strike = ""
        host.replica.receive(delta(other))
    assert hosts[0].replica.digest() == hosts[1].replica.digest()
    for host in hosts:
        plain = from_the_beginning(host)
        assert told(host.replica.state) == told(plain)
        assert told(restart(host).state) == told(plain)
        assert {order.id for order in plain.open_orders()} == {order.id for order in host.replica.state.open_orders()}
