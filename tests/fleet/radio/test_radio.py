"""Nodes and a base on one bad channel: once it is calm, everything has arrived once and in order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.air import CALM, Weather
from fleet.radio import base, caller
from fleet.radio.air import Air
from fleet.radio.frame import encode
from fleet.radio.keys import Shared
from fleet.radio.packet import Kind, Packet
from fleet.radio.repeat import WINDOW
from tests.fleet.radio.channel import Region

FAST = Air(9600, 200)
chances = st.floats(0, 0.6)
weathers = st.builds(
    Weather, loss=chances, flip=st.floats(0, 0.4), cut=st.floats(0, 0.4), duplicate=chances,
    delay_s=st.floats(0, 3), echo=st.booleans(), noise=st.integers(0, 300),
)  # fmt: skip
airs = st.builds(Air, st.sampled_from([300, 1200, 9600]), st.sampled_from([32, 64, 200, 240]), st.floats(0, 0.5))


@settings(max_examples=60)
@given(airs, weathers, st.integers(1, 3), st.integers(0, 1 << 32), st.data())
def test_once_it_is_calm_everything_has_arrived_once_and_in_order(
    air: Air, weather: Weather, nodes: int, seed: int, data: st.DataObject
) -> None:
    region = Region(air, nodes, seed=seed, weather=weather)
    for number in range(1, nodes + 1):
        region.up[number] = region.chance.randbytes(data.draw(st.integers(0, 2000)))
        region.down[number] = region.chance.randbytes(data.draw(st.integers(0, 2000)))
    region.talk(within_s=600)

    region.channel.weather = CALM
    assert region.talk(within_s=7200)
    assert region.heard_up == region.up
    assert region.heard_down == region.down


@pytest.mark.parametrize("loss", [0.0, 0.2, 0.4, 0.6])
def test_what_is_lost_costs_air_and_nothing_else(loss: float) -> None:
    region = Region(FAST, seed=3, weather=Weather(loss=loss))
    region.up[1] = region.chance.randbytes(20_000)

    assert region.talk()
    assert region.heard_up == region.up
    assert region.opened.count((0, 1)) == 1


def test_memory_is_bounded_on_the_worst_channel() -> None:
    region = Region(FAST, seed=5, weather=Weather(loss=0.5, duplicate=0.5, delay_s=2, noise=300))
    region.up[1] = region.chance.randbytes(30_000)
    most = 0

    def is_done() -> bool:
        nonlocal most
        seat = region.base._seats.get(1)
        if seat and seat.talk:
            most = max(most, len(seat.talk._receiving._early))
        return region.is_done(1)

    while not is_done():
        region.caller().call(region.channel.now_s)
        region.channel.run(region.channel.now_s + 60, is_done)
    assert 0 < most < WINDOW


def test_seats_are_bounded_and_who_lost_its_own_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "SEATS_MAX", 2)
    region = Region(FAST, 3)
    for number in (1, 2, 3, 1):
        region.up[number] = region.up.get(number, b"") + b"news"
        assert region.talk(number)

    assert len(region.base._seats.items()) == 2
    assert [node for place, node in region.opened if place == 0] == [1, 2, 3, 1]


# -- whose turn it is -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_who_has_little_to_say_need_not_wait_for_who_has_much(seed: int) -> None:
    region = Region(FAST, 3, seed=seed)
    region.up = {1: bytes(250_000), 2: b"little", 3: bytes(100_000)}
    for number in (1, 2, 3):
        region.caller(number).call(0.0)

    assert region.channel.run(3600, lambda: region.is_done(2))
    assert not region.is_done(1)
    assert region.talk(1, 3)
    assert region.heard_up == region.up


def test_a_turn_lasts_no_longer_than_it_may() -> None:
    for air in (Air(300, 240), Air(1200, 64), FAST):
        region = Region(air)
        region.up[1] = bytes(20_000)
        region.caller().call(0.0)
        spoken = 0.0
        while not region.caller()._await:
            at_s = region.caller().wake()
            spoken += air.seconds(len(region.caller().outgoing(at_s)))

        assert spoken <= max(6.0, 4 * air.packet_s) + air.packet_s


def test_nobody_speaks_before_the_last_packet_has_left_the_antenna() -> None:
    region = Region(FAST)
    region.up[1] = bytes(5_000)
    region.talk()
    region.up[1] += bytes(5_000)
    region.caller().say(bytes(5_000))
    now = region.channel.now_s + 10
    region.caller().call(now - 5)
    first = region.caller().outgoing(now)

    assert first
    assert region.caller().outgoing(now + FAST.seconds(len(first)) * 0.99) == b""
    assert region.caller().outgoing(now + FAST.seconds(len(first)))


def test_a_base_that_is_not_there_is_called_so_often_and_the_call_fails() -> None:
    region = Region(FAST, weather=Weather(loss=1.0))
    region.caller().call(0.0)
    region.channel.run(3600)

    assert region.failures == ["unanswered"]
    assert region.caller().counts["turns"] == caller.TRIES_MAX
    assert region.caller().idle


def test_our_own_echo_is_counted_and_never_taken_for_an_answer() -> None:
    region = Region(FAST, weather=Weather(echo=True))
    region.up[1] = bytes(1000)

    assert region.talk()
    assert region.caller().counts["echo"] > 0
    assert region.base.counts["echo"] > 0


# -- keys -----------------------------------------------------------------------------------------------------------


def test_the_first_contact_agrees_on_a_key_and_later_ones_use_it() -> None:
    region = Region(FAST)
    assert region.talk()
    secret = region.disks[1].shared[1][0].secret
    region.restart_caller(1)
    assert region.talk()

    assert region.disks[1].shared[1] == (Shared(secret, 2),)
    assert region.disks[0].shared[1] == (Shared(secret, 2),)


def test_a_number_is_on_disk_before_it_is_on_the_air() -> None:
    region = Region(FAST)
    region.talk()
    for expected in (2, 3, 4):
        region.restart_caller(1)
        region.caller().call(0.0)
        region.caller().outgoing(10.0)
        assert region.disks[1].shared[1][0].number == expected


@pytest.mark.parametrize("who", ["node", "base"])
def test_a_machine_that_restarts_in_the_middle_begins_a_talk_anew(who: str) -> None:
    region = Region(FAST, seed=2)
    region.up[1], region.down[1] = region.chance.randbytes(8000), region.chance.randbytes(8000)
    region.caller().call(0.0)
    region.channel.run(6.0)
    assert 0 < len(region.heard_up[1]) < 8000
    region.restart_base() if who == "base" else region.restart_caller(1)

    assert region.talk()
    assert region.opened.count((0, 1)) == 2


@pytest.mark.parametrize("who", ["node", "base"])
def test_a_disk_that_was_put_back_leads_to_a_new_key_or_a_new_talk_never_to_an_old_nonce(who: str) -> None:
    region = Region(FAST)
    region.talk()
    place = 1 if who == "node" else 0
    old = dict(region.disks[place].shared)
    for _ in range(3):
        region.restart_caller(1)
        region.talk()
    before = region.disks[1].shared[1][0]
    region.disks[place].shared = old
    region.restart_caller(1)
    region.restart_base()

    assert region.talk()
    after = region.disks[1].shared[1][0]
    if who == "node":
        assert after.secret != before.secret
    else:
        assert after == before._replace(number=before.number + 1)
    assert region.disks[0].shared[1] == (after,)


@pytest.mark.parametrize("who", ["node", "base"])
def test_a_lost_key_is_agreed_on_anew(who: str) -> None:
    region = Region(FAST)
    region.talk()
    region.disks[1 if who == "node" else 0].shared.clear()
    region.restart_caller(1)
    region.restart_base()
    region.up[1] = b"after"

    assert region.talk()
    assert region.disks[0].shared == region.disks[1].shared


def test_a_key_used_up_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    region = Region(FAST)
    region.talk()
    monkeypatch.setattr(caller, "KEY_TALKS_MAX", 1)
    secret = region.disks[1].shared[1][0].secret
    region.restart_caller(1)

    assert region.talk()
    assert region.disks[1].shared[1][0].secret != secret


def test_recorded_packets_played_again_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    region = Region(FAST)
    recorded: list[bytes] = []
    monkeypatch.setattr(region.channel, "_let_speak", recording(region, recorded))
    region.up[1] = region.chance.randbytes(3000)
    region.talk()
    region.restart_caller(1)
    region.talk()
    held, keys = bytes(region.heard_up[1]), dict(region.disks[0].shared)

    for data in recorded:
        region.base.receive(data, 1e6)
        while region.base.wake() < float("inf"):
            region.base.outgoing(region.base.wake())

    assert region.heard_up[1] == held
    assert region.disks[0].shared[1][0] == keys[1][0]
    region.channel.now_s = 2e6
    region.restart_caller(1)
    region.up[1] = b"and on"
    assert region.talk()


def recording(region: Region, recorded: list[bytes]) -> object:
    speak = type(region.channel)._let_speak

    def let_speak() -> None:
        known = len(region.channel._flights)
        speak(region.channel)
        recorded.extend(flight.data for flight in region.channel._flights[known:] if flight.speaker == 1)

    return let_speak


@pytest.mark.parametrize("kind", [Kind.LOST, Kind.UNKNOWN, Kind.ACCEPT, Kind.PLAIN, Kind.SEALED])
def test_a_forger_on_the_channel_delays_a_talk_and_cannot_speak_in_it(kind: Kind) -> None:
    region = Region(FAST, seed=4)
    region.up[1] = region.chance.randbytes(6000)
    chance = random.Random(1)
    speak = region.channel._deliver

    def deliver() -> None:
        speak()
        if chance.random() < 0.1:
            for place, station in enumerate((region.base, region.caller())):
                packet = Packet(kind, place == 1, 1, chance.randbytes(chance.randrange(30)))
                region.channel._tell(place, station.receive(encode(packet.content), region.channel.now_s))

    region.channel._deliver = deliver  # type: ignore[method-assign]
    region.talk(within_s=300)
    region.channel._deliver = speak  # type: ignore[method-assign]

    assert region.talk()
    assert region.heard_up == region.up


@settings(max_examples=200)
@given(st.lists(st.binary(min_size=1, max_size=200).map(encode) | st.binary(max_size=300), max_size=20))
def test_no_bytes_from_the_air_bring_a_station_down(stream: list[bytes]) -> None:
    region = Region(FAST)
    region.talk()
    for data in stream:
        region.base.receive(data, region.channel.now_s)
        region.caller().receive(data, region.channel.now_s)
    region.restart_caller(1)

    assert region.talk()
