"""Sub-packages: any order, repeats, other messages in between, packets that never come; and never without bound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.serial_terminal.jt808.header import Header
from edge.serial_terminal.jt808.packages import (
    ASK_AFTER_MS,
    ASKS_MAX,
    BYTES_MAX,
    GAP_MAX_MS,
    GROUPS_MAX,
    PACKETS_MAX,
    Packages,
)


def head(index: int, total: int = 3, *, serial: int = 0, msg_id: int = 0x0801, phone: str = "013800138000") -> Header:
    serial = serial or 100 + index
    return Header(msg_id, phone, serial, packets=True, packet_total=total, packet_index=index)


@given(st.permutations([1, 2, 3, 4, 5]), st.lists(st.integers(1, 5)))
def test_any_order_with_any_repeats_gives_the_message_once(order: list[int], repeats: list[int]) -> None:
    packages, wholes = Packages(), []
    for index in [*order[:-1], *(index for index in repeats if index != order[-1]), order[-1]]:
        whole = packages.add(head(index, 5), bytes([index]), 0)
        wholes += [whole] if whole else []
    assert [(whole.body, whole.serials) for whole in wholes] == [(b"\1\2\3\4\5", (101, 102, 103, 104, 105))]


def test_serial_numbers_need_not_run_on() -> None:
    packages = Packages()
    assert packages.add(head(1, 2, serial=65535), b"a", 0) is None
    whole = packages.add(head(2, 2, serial=17), b"b", 0)
    assert whole is not None
    assert whole.serials == (65535, 17)


def test_the_same_index_under_another_serial_starts_a_new_message() -> None:
    packages = Packages()
    packages.add(head(1, 2, serial=5), b"old", 0)
    packages.add(head(1, 2, serial=9), b"new", 0)
    whole = packages.add(head(2, 2, serial=10), b"!", 0)
    assert whole is not None
    assert whole.body == b"new!"


def test_messages_of_two_terminals_and_two_kinds_do_not_mix() -> None:
    packages = Packages()
    for phone in ("013800138000", "013900139000"):
        for msg_id in (0x0801, 0x0704):
            assert packages.add(head(1, 2, phone=phone, msg_id=msg_id), phone[2:4].encode(), 0) is None
    whole = packages.add(head(2, 2, phone="013900139000", msg_id=0x0704), b"!", 0)
    assert whole is not None
    assert whole.body == b"39!"


def test_missing_packets_are_asked_for_after_a_while_and_not_for_ever() -> None:
    packages = Packages()
    packages.add(head(2, 4), b"b", 0)
    packages.add(head(4, 4), b"d", 0)
    asked = {at_ms: packages.missing(at_ms) for at_ms in range(0, GAP_MAX_MS, 1000)}
    asks = [at_ms for at_ms, wanted in asked.items() if wanted]
    assert asks == [ASK_AFTER_MS << n for n in range(ASKS_MAX)]
    assert (asked[asks[0]][0].serial, asked[asks[0]][0].indexes) == (101, (1, 3))


def test_a_message_that_never_becomes_whole_is_given_up_and_named() -> None:
    packages = Packages()
    packages.add(head(1), b"a", 0)
    assert packages.expire(GAP_MAX_MS) == []
    assert [header.msg_id for header in packages.expire(GAP_MAX_MS + 1)] == [0x0801]
    assert packages.add(head(2), b"b", GAP_MAX_MS + 2) is None


def test_more_messages_than_the_bound_push_out_the_oldest() -> None:
    packages = Packages()
    for number in range(GROUPS_MAX + 1):
        packages.add(head(1, 2, phone=f"{number:012}"), b"a", 0)
    assert packages.add(head(2, 2, phone=f"{0:012}"), b"b", 0) is None
    assert packages.add(head(2, 2, phone=f"{GROUPS_MAX:012}"), b"b", 0) is not None


def test_a_message_announcing_more_packets_than_the_bound_is_not_begun() -> None:
    packages = Packages()
    assert packages.add(head(1, PACKETS_MAX + 1), b"a", 0) is None
    assert packages.missing(ASK_AFTER_MS) == []


@pytest.mark.parametrize("phones", [GROUPS_MAX])
def test_bytes_held_are_bounded_however_many_messages_are_under_way(phones: int) -> None:
    packages = Packages()
    for index in range(1, 200):
        for number in range(phones):
            packages.add(head(index, 300, phone=f"{number:012}"), bytes(1023), 0)
    assert sum(group.size for group in packages._groups.values()) <= BYTES_MAX
