"""The unit's terminals: the register says who may speak, codes are random, strangers are shown and not many of them."""

from __future__ import annotations

import pytest

from edge.serial_terminal.jt808.allowlist import AuthCode, Refusal
from edge.serial_terminal.jt808.heard import Heard, Kind
from edge.terminals import STRANGERS_MAX, Terminals
from fleet.rules.vehicle import Vehicle, read
from tests.edge.unit import OTHER_PHONE, OTHER_PLATE, PHONE, PLATE, a_vehicle, chance
from tests.simulation.clock import START_MS

RAW, RAW_2019, STRANGER = PHONE.zfill(12), PHONE.zfill(20), "013911112222"
REGISTER: list[Vehicle] = [read(a_vehicle()), read(a_vehicle(OTHER_PLATE, OTHER_PHONE))]


@pytest.fixture
def terminals() -> Terminals:
    terminals = Terminals(chance(), {})
    terminals.use(REGISTER, {})
    return terminals


def heard(phone: str, kind: Kind, *, authenticated: bool = False, plate: str = "", at_ms: int = START_MS) -> Heard:
    body = {"plate": plate} if plate else {}
    return Heard(
        phone=phone, msg_id=0, serial=1, version=2013, kind=kind, at_ms=at_ms, body=body, authenticated=authenticated
    )


def code_of(terminals: Terminals, phone: str) -> str:
    admitted = terminals.admit(phone, PLATE, "1234567", 2013)
    assert isinstance(admitted, AuthCode)
    return admitted.code


def test_a_terminal_on_the_register_is_admitted_with_a_code_that_then_opens(terminals: Terminals) -> None:
    code = code_of(terminals, RAW)

    assert terminals.check(RAW, code)
    assert not terminals.check(RAW, code + "0")
    assert not terminals.check(OTHER_PHONE.zfill(12), code)


def test_a_code_is_random_and_stays_the_same_for_a_terminal_that_registers_again(terminals: Terminals) -> None:
    code = code_of(terminals, RAW)

    assert code_of(terminals, RAW) == code
    assert len(bytes.fromhex(code)) >= 12
    assert Terminals(chance(2), {}).check(RAW, code) is False
    assert code not in (PHONE, RAW)


def test_before_a_code_was_given_no_code_opens_not_even_an_empty_one(terminals: Terminals) -> None:
    assert not terminals.check(RAW, "")


@pytest.mark.parametrize(
    ("phone", "plate", "refusal"),
    [(STRANGER, PLATE, Refusal.NO_SUCH_TERMINAL), (RAW, OTHER_PLATE, Refusal.NO_SUCH_VEHICLE)],
)
def test_a_stranger_and_a_terminal_in_the_wrong_vehicle_are_refused_as_the_standard_says(
    terminals: Terminals, phone: str, plate: str, refusal: Refusal
) -> None:
    assert terminals.admit(phone, plate, "1234567", 2013) is refusal
    assert terminals.unsaved_codes() == {}


def test_a_terminal_that_says_no_plate_is_known_by_its_phone(terminals: Terminals) -> None:
    assert isinstance(terminals.admit(RAW, "", "", 2013), AuthCode)


@pytest.mark.parametrize("phone", [PHONE, RAW, RAW_2019])
def test_a_phone_is_the_same_with_and_without_its_leading_zeros(terminals: Terminals, phone: str) -> None:
    assert terminals.knows(phone)
    assert terminals.plate(phone) == PLATE


def test_codes_are_to_be_saved_until_they_are(terminals: Terminals) -> None:
    codes = {RAW: code_of(terminals, RAW)}

    assert terminals.unsaved_codes() == terminals.unsaved_codes() == codes
    terminals.saved(codes)
    assert terminals.unsaved_codes() == {}
    code_of(terminals, RAW)
    assert terminals.unsaved_codes() == {}


def test_codes_of_an_earlier_life_still_open(terminals: Terminals) -> None:
    restarted = Terminals(chance(9), {RAW: "ab" * 12})
    restarted.use(REGISTER, {})

    assert restarted.check(RAW, "ab" * 12)
    assert code_of(restarted, RAW) == "ab" * 12


def test_a_terminal_taken_off_the_register_is_refused_from_then_on(terminals: Terminals) -> None:
    code_of(terminals, RAW)
    terminals.use(REGISTER[1:], {})

    assert not terminals.knows(RAW)
    assert terminals.admit(RAW, PLATE, "1234567", 2013) is Refusal.NO_SUCH_TERMINAL


@pytest.mark.parametrize(
    ("phone", "kind", "authenticated", "state"),
    [
        (RAW, "registered", False, "registered"),
        (RAW, "authenticated", True, "authenticated"),
        (RAW, "position", True, "authenticated"),
        (RAW, "position", False, "registered"),
        (STRANGER, "refused", False, "refused"),
        (STRANGER, "position", False, "refused"),
    ],
)
def test_what_is_shown_of_a_terminal_follows_what_it_last_said(
    terminals: Terminals, phone: str, kind: Kind, authenticated: bool, state: str
) -> None:
    terminals.note(heard(phone, kind, authenticated=authenticated))

    shown = terminals.heard[phone.lstrip("0")]
    assert (shown.state, shown.plate, shown.heard_ms) == (state, PLATE if phone == RAW else "", START_MS)


def test_a_stranger_is_shown_with_the_plate_it_claimed_when_it_registered(terminals: Terminals) -> None:
    terminals.note(heard(STRANGER, "refused", plate="蒙M-99999"))
    terminals.note(heard(STRANGER, "refused", at_ms=START_MS + 1))

    shown = terminals.heard[STRANGER.lstrip("0")]
    assert (shown.plate, shown.heard_ms) == ("蒙M-99999", START_MS + 1)


def test_of_many_strangers_those_heard_last_are_shown_and_no_known_terminal_is_forgotten(terminals: Terminals) -> None:
    terminals.note(heard(RAW, "authenticated", authenticated=True))
    for number in range(STRANGERS_MAX + 10):
        terminals.note(heard(f"0139{number:08}", "refused"))
    terminals.note(heard("013900000010", "refused"))
    terminals.note(heard("013999999999", "refused"))

    strangers = [phone for phone in terminals.heard if not terminals.knows(phone)]
    assert len(strangers) == STRANGERS_MAX
    assert {"13900000010", "13999999999"} <= set(strangers)
    assert PHONE in terminals.heard
