"""People's keys on a node: a PIN and this device together, and no more tries than are counted."""

from __future__ import annotations

import asyncio
import logging
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge import home as homes
from edge import keyring as keyrings
from edge.keyring import FAILURES_MAX, LOCK_MS, Keyring, Person, unwrap, wrap
from edge.store.local import Local, LocalStore, WrappedKey
from fleet.errors import BadInput, NotAllowed, NotFound
from tests.edge.unit import APPLICANT, APPROVER, PEOPLE, PIN, chance
from tests.simulation.clock import SimulatedClock

pytestmark = pytest.mark.anyio

WRONG = "9999"


@pytest.fixture
async def local(unenrolled_home: Path) -> AsyncIterator[Local]:
    local = Local("local")
    await local.start(lambda: LocalStore(unenrolled_home))
    yield local
    local.stop()


@pytest.fixture
async def keyring(local: Local, unenrolled_home: Path, clock: SimulatedClock) -> Keyring:
    keyring = Keyring(local, homes.device_secret(unenrolled_home), clock)
    await keyring.start()
    return keyring


async def refusal(keyring: Keyring, pin: str, person: str = APPROVER) -> NotAllowed:
    with pytest.raises(NotAllowed) as refused:
        await keyring.unlock(person, pin)
    return refused.value


async def test_everyone_enrolled_is_listed_in_order_with_their_roles(keyring: Keyring) -> None:
    listed = keyring.people()

    assert [replace(person, public=b"") for person in listed] == list(PEOPLE)
    assert len({person.public for person in listed} - {b""}) == len(PEOPLE), "each with a key of their own"


async def test_the_right_pin_signs_with_the_key_that_central_knows(keyring: Keyring, local: Local) -> None:
    signer = await keyring.unlock(APPROVER, PIN)

    kept = {key.person: key.public for key in await local.do(LocalStore.keys)}
    assert (signer.person, signer.key.public) == (APPROVER, kept[APPROVER])
    assert signer.key.public != kept[APPLICANT]


async def test_someone_without_a_key_here_is_not_found_and_nothing_is_counted(keyring: Keyring) -> None:
    with pytest.raises(NotFound, match="no_person"):
        await keyring.unlock("9001", PIN)


async def test_wrong_pins_are_counted_down_then_the_key_is_locked_for_fifteen_minutes(
    keyring: Keyring, clock: SimulatedClock
) -> None:
    refusals = [await refusal(keyring, WRONG) for _ in range(FAILURES_MAX)]

    assert [refused.code for refused in refusals] == ["pin_wrong"] * 4 + ["pin_locked"]
    assert [refused.facts.get("left") for refused in refusals] == [4, 3, 2, 1, None]
    assert refusals[-1].facts["until_ms"] == clock.now_ms() + LOCK_MS == clock.now_ms() + 15 * 60_000


async def test_while_locked_even_the_right_pin_is_refused_and_afterwards_it_opens(
    keyring: Keyring, clock: SimulatedClock
) -> None:
    for _ in range(FAILURES_MAX):
        await refusal(keyring, WRONG)

    clock.time.pass_ms(LOCK_MS - 1)
    assert (await refusal(keyring, PIN)).code == "pin_locked"

    clock.time.pass_ms(1)
    assert (await keyring.unlock(APPROVER, PIN)).person == APPROVER


async def test_trying_while_locked_does_not_lengthen_the_lock(keyring: Keyring, clock: SimulatedClock) -> None:
    for _ in range(FAILURES_MAX):
        await refusal(keyring, WRONG)
    until_ms = clock.now_ms() + LOCK_MS
    clock.time.pass_ms(LOCK_MS // 2)

    assert (await refusal(keyring, WRONG)).facts["until_ms"] == until_ms


async def test_after_a_lock_there_are_as_many_tries_as_before_and_no_more(
    keyring: Keyring, clock: SimulatedClock
) -> None:
    for _ in range(FAILURES_MAX):
        await refusal(keyring, WRONG)
    clock.time.pass_ms(LOCK_MS)

    assert [(await refusal(keyring, WRONG)).code for _ in range(FAILURES_MAX)] == ["pin_wrong"] * 4 + ["pin_locked"]


async def test_the_right_pin_forgives_the_failures_before_it(keyring: Keyring) -> None:
    for _ in range(FAILURES_MAX - 1):
        await refusal(keyring, WRONG)
    await keyring.unlock(APPROVER, PIN)

    assert (await refusal(keyring, WRONG)).facts["left"] == 4


async def test_the_failures_of_one_person_lock_nobody_else(keyring: Keyring) -> None:
    for _ in range(FAILURES_MAX):
        await refusal(keyring, WRONG)

    assert (await keyring.unlock(APPLICANT, PIN)).person == APPLICANT


async def test_failures_are_still_counted_after_a_restart(
    keyring: Keyring, unenrolled_home: Path, clock: SimulatedClock
) -> None:
    for _ in range(FAILURES_MAX - 1):
        await refusal(keyring, WRONG)

    again = Local("again")
    await again.start(lambda: LocalStore(unenrolled_home))
    restarted = Keyring(again, homes.device_secret(unenrolled_home), clock)
    assert (await refusal(restarted, WRONG)).code == "pin_locked"
    again.stop()


class Killed(BaseException):
    """The process is gone."""


async def test_who_is_killed_between_counting_and_deriving_has_used_up_the_try(
    keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(key: WrappedKey, pin: str, secret: bytes) -> bytes | None:
        raise Killed

    with monkeypatch.context() as power:
        power.setattr(keyrings, "unwrap", killed)
        for _ in range(FAILURES_MAX):
            with pytest.raises(Killed):
                await keyring.unlock(APPROVER, WRONG)

    assert (await refusal(keyring, PIN)).code == "pin_locked"


async def test_tries_made_at_the_same_time_are_counted_one_by_one(
    keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    derived: list[str] = []

    def no(key: WrappedKey, pin: str, secret: bytes) -> bytes | None:
        derived.append(pin)
        return None

    monkeypatch.setattr(keyrings, "unwrap", no)

    refused = await asyncio.gather(*(refusal(keyring, f"{pin:04}") for pin in range(50)))

    assert len(derived) == FAILURES_MAX
    assert [each.code for each in refused].count("pin_wrong") == FAILURES_MAX - 1


async def test_a_copied_database_is_worth_nothing_without_this_device(local: Local, clock: SimulatedClock) -> None:
    stolen = Keyring(local, b"another device's secret, 32 bytes", clock)

    assert (await refusal(stolen, PIN)).code == "pin_wrong"


async def test_a_wrapped_key_does_not_open_as_someone_elses(unenrolled_home: Path, local: Local) -> None:
    secret = homes.device_secret(unenrolled_home)
    key = (await local.do(LocalStore.keys))[0]
    renamed = WrappedKey(
        person=APPROVER,
        name=key.name,
        roles=key.roles,
        public=key.public,
        salt=key.salt,
        nonce=key.nonce,
        wrapped=key.wrapped,
    )

    assert unwrap(key, PIN, secret) is not None
    assert unwrap(renamed, PIN, secret) is None


@pytest.mark.parametrize("pin", ["", "123", "1" * 65])
def test_a_pin_of_the_wrong_length_is_refused_and_not_repeated(pin: str) -> None:
    with pytest.raises(BadInput) as refused:
        wrap(PEOPLE[0], pin, b"s" * 32, chance())

    assert refused.value.facts["field"] == "pin"
    assert pin not in refused.value.facts.values()


def test_two_people_with_one_pin_have_nothing_in_common_on_disk() -> None:
    randomness = chance()
    one, two = (wrap(Person(name, name, ()), PIN, b"s" * 32, randomness) for name in ("1", "2"))

    assert {one.salt, one.nonce, one.wrapped, one.public}.isdisjoint({two.salt, two.nonce, two.wrapped, two.public})


async def test_no_pin_and_no_private_key_is_written_anywhere(
    keyring: Keyring, unenrolled_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    odd, pin = "wrong-horse-battery", PIN
    refused = await refusal(keyring, odd)
    signer = await keyring.unlock(APPROVER, pin)
    secret = homes.device_secret(unenrolled_home)
    store = LocalStore(unenrolled_home)
    seeds = [unwrap(key, pin, secret) or b"-" for key in store.keys()]  # noqa: SIM118 - a table, not a mapping
    store.close()

    said = caplog.text + str(refused) + repr(refused.facts) + repr(signer)
    assert odd not in said
    assert pin not in said
    secrets = [odd.encode(), pin.encode(), *seeds]
    assert [path.name for path in files_of(unenrolled_home) if any(each in path.read_bytes() for each in secrets)] == []


def files_of(home: Path) -> list[Path]:
    return [path for path in home.iterdir() if path.is_file()]


def test_what_is_secret_in_a_nodes_directory_is_readable_by_its_owner_only(unenrolled_home: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in unenrolled_home.iterdir()}

    assert modes["local.db"] == modes["device.secret"] == modes["node.key"] == 0o600
    assert {mode for name, mode in modes.items() if ".db" in name} == {0o600}
