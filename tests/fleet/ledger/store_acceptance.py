"""What every `Store` must do, whatever it stores on. An implementation inherits `StoreAcceptance` and gives a `medium`.

class TestMyStore(StoreAcceptance):
    @pytest.fixture
    def medium(self, tmp_path): return MyMedium(tmp_path)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.errors import Unavailable
from fleet.ledger.operation import Author, Head, Named, Operation, name
from fleet.ledger.store import (
    FORK,
    RUN_OPERATIONS_MAX,
    Batch,
    Checkpoint,
    Held,
    Placing,
    Proof,
    Receipt,
    Refusal,
    Store,
)

OURS, THEIRS = Author(1, 1), Author(2, 1)
EVERYTHING = 1 << 30


class Medium(Protocol):
    """Where a store lies: it can be opened again, as after a restart, and run out of space."""

    def open(self) -> Store:
        """The store as a machine finds it that has just started; what was open before is gone."""

    def fill(self) -> None:
        """Leave no room for another byte in the store that is open."""


def an_operation(author: Author, seq: int, *, size: int = 10) -> Named:
    """An operation as large as asked; its signatures do not matter to a store."""
    operation = Operation(
        suite=1,
        unit="lyj",
        author=author,
        seq=seq,
        prev=b"" if seq == 1 else hashlib.sha256(bytes([seq % 256])).digest(),
        deps=(),
        hlc=seq << 16,
        receipt=0,
        kind="order.submit",
        target=f"order/{author.node}-{seq}",
        body={"content": "x" * size},
    )
    return name(operation)


def a_log(author: Author, seqs: Iterable[int], *, sealed: Iterable[int] = (), size: int = 10) -> tuple[Placing, ...]:
    """A run of operations, sealed at the numbers given."""
    marks = set(sealed)
    return tuple(
        Placing(an_operation(author, seq, size=size), b"seal %d" % seq if seq in marks else None, "") for seq in seqs
    )


def held(placed: Iterable[Placing]) -> list[Held]:
    """What a store should answer for what was placed."""
    return [Held(placing.named.data, placing.seal, placing.verdict) for placing in placed]


def a_receipt(author: Author, seq: int) -> Receipt:
    return Receipt(an_operation(author, seq).head, 1_000 + seq, b"signed %d" % seq)


def restarted(medium: Medium) -> Iterator[Store]:
    """The store after a restart, which happens only when it is this one's turn."""
    yield medium.open()


class StoreAcceptance:
    """The suite. `medium` is an empty one."""

    @pytest.fixture
    def medium(self) -> Medium:
        raise NotImplementedError

    def test_an_empty_store_answers_that_it_holds_nothing(self, medium: Medium) -> None:
        store = medium.open()
        assert (list(store.operations()), list(store.receipts()), list(store.refusals())) == ([], [], [])
        assert (list(store.aside()), list(store.proofs())) == ([], [])
        assert store.run(OURS, 0, EVERYTHING) == []

    def test_what_was_committed_is_there_after_a_restart_in_the_order_it_was_committed(self, medium: Medium) -> None:
        theirs, ours = a_log(THEIRS, range(1, 3), sealed=[2]), a_log(OURS, range(1, 4), sealed=[3])
        without_effect = Placing(an_operation(THEIRS, 3), b"seal 3", "no_role")
        medium.open().commit(Batch(operations=theirs))
        store = medium.open()
        store.commit(Batch(operations=ours))
        store.commit(Batch(operations=(without_effect,)))

        assert list(medium.open().operations()) == held([*theirs, *ours, without_effect])

    def test_an_empty_batch_changes_nothing(self, medium: Medium) -> None:
        store = medium.open()
        store.commit(Batch())
        assert list(store.operations()) == []

    def test_a_run_is_one_authors_operations_after_a_number(self, medium: Medium) -> None:
        store = medium.open()
        log = a_log(OURS, range(1, 6), sealed=[2, 5])
        store.commit(Batch(operations=(*log, *a_log(THEIRS, range(1, 4), sealed=[3]))))

        assert store.run(OURS, 0, EVERYTHING) == held(log)
        assert store.run(OURS, 3, EVERYTHING) == held(log[3:])
        assert store.run(OURS, 5, EVERYTHING) == []
        assert store.run(Author(1, 2), 0, EVERYTHING) == []

    def test_a_run_ends_at_a_sealed_operation(self, medium: Medium) -> None:
        store = medium.open()
        store.commit(Batch(operations=a_log(OURS, range(1, 8), sealed=[2, 5])))

        assert [one.seal for one in store.run(OURS, 0, EVERYTHING)][-1] == b"seal 5"
        assert store.run(OURS, 5, EVERYTHING) == []

    def test_a_run_stops_at_the_size_but_always_reaches_the_first_seal(self, medium: Medium) -> None:
        store = medium.open()
        log = a_log(OURS, range(1, 10), sealed=[3, 5, 9], size=1_000)
        store.commit(Batch(operations=log))
        five = sum(len(placing.named.data) for placing in log[:5])

        assert len(store.run(OURS, 0, 1)) == 3
        assert len(store.run(OURS, 0, five - 1)) == 3
        assert len(store.run(OURS, 0, five)) == 5
        assert len(store.run(OURS, 3, 1)) == 2

    def test_of_all_receipts_of_a_log_those_about_a_number_are_told(self, medium: Medium) -> None:
        store = medium.open()
        store.commit(Batch(operations=(*a_log(OURS, range(1, 10)), *a_log(THEIRS, range(1, 3)))))
        for receipt in (a_receipt(OURS, 3), a_receipt(THEIRS, 2), a_receipt(OURS, 6)):
            store.commit(Batch(receipts=(receipt,)))
        three, six = a_receipt(OURS, 3), a_receipt(OURS, 6)

        again = medium.open()
        told = {(0, 1): (None, three), (3, 4): (three, six), (5, 6): (three, six), (6, 7): (six, None)}
        assert {asked: again.receipts_about(OURS, *asked) for asked in told} == told
        assert again.receipts_about(Author(1, 2), 9, 1) == (None, None)

    def test_a_seal_that_comes_later_closes_what_was_stored_open(self, medium: Medium) -> None:
        store = medium.open()
        log = a_log(OURS, range(1, 4))
        store.commit(Batch(operations=log))
        assert store.run(OURS, 0, EVERYTHING) == []

        store.commit(Batch(seals={log[1].named.head: b"late"}))

        assert [held.seal for held in store.operations()] == [None, b"late", None]
        again = medium.open()
        assert [held.seal for held in again.operations()] == [None, b"late", None]
        assert len(again.run(OURS, 0, EVERYTHING)) == 2

    def test_a_run_never_has_more_operations_than_a_delta_may(self, medium: Medium) -> None:
        store = medium.open()
        log = a_log(OURS, range(1, RUN_OPERATIONS_MAX + 101), sealed=range(50, RUN_OPERATIONS_MAX + 101, 50))
        store.commit(Batch(operations=log))

        first = store.run(OURS, 0, EVERYTHING)
        assert len(first) == RUN_OPERATIONS_MAX
        assert len(store.run(OURS, len(first), EVERYTHING)) == 100

    def test_of_several_receipts_the_latest_of_each_author_counts(self, medium: Medium) -> None:
        store = medium.open()
        store.commit(Batch(receipts=(a_receipt(OURS, 1), a_receipt(THEIRS, 4))))
        store.commit(Batch(receipts=(a_receipt(OURS, 7),)))

        for one in chain([store], restarted(medium)):
            assert {receipt.head.author: receipt for receipt in one.receipts()} == {
                OURS: a_receipt(OURS, 7),
                THEIRS: a_receipt(THEIRS, 4),
            }

    def test_two_operations_may_be_held_at_one_number_and_only_what_stands_runs(self, medium: Medium) -> None:
        store = medium.open()
        log = a_log(OURS, range(1, 4), sealed=[3])
        other = Placing(an_operation(OURS, 3, size=20), b"other", FORK)
        store.commit(Batch(operations=log))
        store.commit(Batch(operations=(other,)))

        for one in chain([store], restarted(medium)):
            assert list(one.operations()) == held([*log, other])
            assert list(one.operations(after=2)) == held([log[2], other])
            assert list(one.aside()) == held([other])
            assert one.run(OURS, 0, EVERYTHING) == held(log)

    def test_a_rebuild_makes_verdicts_and_everything_derived_anew_in_one_piece(self, medium: Medium) -> None:
        store = medium.open()
        log = a_log(OURS, range(1, 4), sealed=[2, 3])
        other = Placing(an_operation(OURS, 3, size=20), b"other", FORK)
        before = Checkpoint({("heads", "01"): b"x"}, {"order/1": b"old"})
        store.commit(Batch(operations=(*log, other), documents={"order/2": b"one"}, checkpoint=before))

        def batches() -> Iterator[Batch]:
            read = list(store.operations())
            yield Batch(verdicts={log[2].named.head: FORK, other.named.head: ""})
            yield Batch(checkpoint=Checkpoint({("heads", "02"): b"y"}, {f"order/{len(read)}": b"new"}))
            yield Batch(refusals=(Refusal(log[2].named.head, FORK, 5),))

        store.rebuild(batches())

        for one in chain([store], restarted(medium)):
            assert [entry.verdict for entry in one.operations()] == ["", "", FORK, ""]
            assert one.run(OURS, 2, EVERYTHING) == held([other._replace(verdict="")])
            assert list(one.aside()) == held([log[2]._replace(verdict=FORK)])
            assert (list(one.entries()), list(one.archived())) == ([("heads", "02", b"y")], ["order/4"])
            assert [refusal.code for refusal in one.refusals()] == [FORK]

    def test_a_rebuild_the_disk_has_no_room_for_changes_nothing(self, medium: Medium) -> None:
        store = medium.open()
        store.commit(Batch(operations=a_log(OURS, range(1, 3), sealed=[2]), checkpoint=Checkpoint({("a", "b"): b"c"})))
        medium.fill()

        with pytest.raises(Unavailable):
            store.rebuild([Batch(documents={f"order/{number}": bytes(1 << 16) for number in range(64)})])

        again = medium.open()
        assert list(again.entries()) == [("a", "b", b"c")]
        assert len(list(again.operations())) == 2

    def test_proofs_are_kept_and_the_latest_of_a_place_counts(self, medium: Medium) -> None:
        store = medium.open()
        store.commit(Batch(proofs=(Proof(THEIRS, 4, b"a"), Proof(OURS, 9, b"b"))))
        store.commit(Batch(proofs=(Proof(OURS, 9, b"c"),)))

        for one in chain([store], restarted(medium)):
            assert list(one.proofs()) == [Proof(OURS, 9, b"c"), Proof(THEIRS, 4, b"a")]

    def test_refusals_are_kept_oldest_first(self, medium: Medium) -> None:
        refusals = [
            Refusal(Head(OURS, seq, b"h" * 32), code, 5) for seq, code in ((3, "chain"), (1, "seal"), (0, "gap"))
        ]
        store = medium.open()
        store.commit(Batch(refusals=tuple(refusals[:2])))
        store.commit(Batch(refusals=tuple(refusals[2:])))

        assert list(store.refusals()) == refusals
        assert list(medium.open().refusals()) == refusals

    def test_documents_and_rows_of_a_batch_may_replace_those_before_and_rows_may_go(self, medium: Medium) -> None:
        store = medium.open()
        person = {"id": "u1", "name": "王春梅", "roles": "applicant"}
        for roles in ("applicant", "applicant driver"):
            store.commit(
                Batch(documents={"order/1": roles.encode()}, rows={"people": {"u1": {**person, "roles": roles}}})
            )
        store.commit(Batch(rows={"people": {"u1": None, "u2": None}}))
        store.commit(Batch(rows={"people": {"u1": person}}))
        assert list(medium.open().operations()) == []

    def test_of_what_is_held_the_first_may_be_left_out(self, medium: Medium) -> None:
        store = medium.open()
        log = a_log(OURS, range(1, 6), sealed=[5])
        store.commit(Batch(operations=log))

        assert [*store.operations(3)] == held(log[3:])
        assert [*medium.open().operations(5)] == []

    def test_a_checkpoint_is_the_difference_to_the_one_before(self, medium: Medium) -> None:
        store = medium.open()
        assert (list(store.entries()), list(store.archived())) == ([], [])
        first = Checkpoint({("heads", "01"): b"one", ("dossiers", "order/1"): b"open"}, {"order/2": b"ended"})
        store.commit(Batch(checkpoint=first))
        second = Checkpoint(
            {("heads", "01"): b"two", ("dossiers", "order/1"): None}, {"order/1": b"ended"}, frozenset({"order/2"})
        )
        store.commit(Batch(operations=a_log(OURS, range(1, 2), sealed=[1]), checkpoint=second))

        for one in chain([store], restarted(medium)):
            assert list(one.entries()) == [("heads", "01", b"two")]
            assert list(one.archived()) == ["order/1"]
            assert one.dossier("order/1") == b"ended"
            with pytest.raises(KeyError):
                one.dossier("order/2")

    def test_a_full_disk_stores_nothing_of_a_batch_and_loses_nothing_of_those_before(self, medium: Medium) -> None:
        before = a_log(OURS, range(1, 4), sealed=[3])
        store = medium.open()
        store.commit(Batch(operations=before, receipts=(a_receipt(OURS, 3),)))
        medium.fill()

        with pytest.raises(Unavailable, match="disk_full"):
            store.commit(
                Batch(
                    operations=a_log(OURS, range(4, 40), sealed=[39], size=30_000),
                    receipts=(a_receipt(OURS, 39),),
                    refusals=(Refusal(Head(THEIRS, 1, b"h" * 32), "chain", 5),),
                )
            )

        for one in chain([store], restarted(medium)):
            assert list(one.operations()) == held(before)
            assert list(one.receipts()) == [a_receipt(OURS, 3)]
            assert list(one.refusals()) == []
            assert one.run(OURS, 3, EVERYTHING) == []

    @settings(max_examples=25, suppress_health_check=[*HealthCheck])  # a method of several classes
    @given(
        seals=st.sets(st.integers(1, 30), min_size=1),
        asked=st.lists(st.tuples(st.integers(0, 31), st.integers(1, 40_000)), min_size=1, max_size=8),
        node=st.integers(3, 1 << 20),
    )
    def test_whatever_is_asked_runs_chain_on_without_gap_or_overlap(
        self, medium: Medium, seals: set[int], asked: list[tuple[int, int]], node: int
    ) -> None:
        author, store = Author(node, 1), medium.open()
        known = len(store.run(author, 0, EVERYTHING))
        if not known:  # the medium is shared by the examples; an author that came before is asked again
            store.commit(Batch(operations=a_log(author, range(1, 31), sealed=seals, size=700)))
        whole = store.run(author, 0, EVERYTHING)
        for after, size_max in asked:
            run = store.run(author, after, size_max)
            assert run == whole[after : after + len(run)]
            assert not run or run[-1].seal is not None
            assert run or after >= len(whole)
