"""Who may speak: the unit's list of terminals, as the station asks it. The list itself is the caller's.

Rules kept here:
* The authentication code is a random token the platform chooses, kept by whoever keeps the list; never the phone
  number, which everyone on the line can read.
* A registration is answered with the code or with the standard's reason, nothing else.
Source: JT/T 808-2013 and -2019, registration answer 0x8100 and authentication 0x0102.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple, Protocol

from fleet.ports import Randomness

CODE_SIZE = 12  # bytes of randomness: 24 hex digits, which the oldest terminals still store


class Refusal(IntEnum):
    """Why a registration is refused, as 0x8100 says it."""

    VEHICLE_TAKEN = 1
    NO_SUCH_VEHICLE = 2
    TERMINAL_TAKEN = 3
    NO_SUCH_TERMINAL = 4


class AuthCode(NamedTuple):
    """Admitted: the code the terminal has to give back."""

    code: str


class Allowlist(Protocol):
    """The unit's list of terminals. Phones are raw hex, as they stand in the header."""

    def admit(self, phone: str, plate: str, terminal_id: str, version: int) -> AuthCode | Refusal:
        """Decide a registration; the code returned must be what `check` accepts once the caller has committed."""
        ...

    def check(self, phone: str, code: str) -> bool:
        """Whether this is the code given to that phone."""
        ...

    def knows(self, phone: str) -> bool:
        """Whether the phone is on the list: its positions count even before it authenticates."""
        ...


def new_code(randomness: Randomness) -> AuthCode:
    """A fresh authentication code."""
    return AuthCode(randomness.bytes(CODE_SIZE).hex())
