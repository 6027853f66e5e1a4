"""People's keys on this node: wrapped by PIN and device secret, unlocked for one signature or one session.

    key = Argon2id(PIN, salt, secret = DIR/device.secret, associated data = staff number)
    wrapped = ChaCha20-Poly1305(key, private seed)

A copied local.db is worth nothing without device.secret, and a stolen node still needs each PIN. Failed tries are
counted on disk before the derivation runs. A key is in memory only inside a `Signer`; approvals unlock it each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from edge.settings import Settings
from edge.store.local import Local, LocalStore, WrappedKey
from fleet.errors import BadInput, NotAllowed, NotFound
from fleet.ledger import enrolment
from fleet.ledger.enrolment import Request
from fleet.ledger.replica import Signer
from fleet.ledger.suite import SHIPPED, SigningKey, of_key
from fleet.ports import Clock, Randomness

MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
"""Argon2id cost for a small box (OWASP's first choice for 19 MiB)."""
FAILURES_MAX = 5
LOCK_MS = 15 * 60_000
PIN_LENGTH_MIN, PIN_LENGTH_MAX = 4, 64


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who can sign here."""

    id: str
    name: str
    roles: tuple[str, ...]
    declared: str = ""
    public: bytes = b""


class Keyring:
    """The wrapped keys, from the event loop."""

    def __init__(self, local: Local, secret: bytes, clock: Clock) -> None:
        self._local, self._secret, self._clock = local, secret, clock
        self._people: list[Person] = []

    async def start(self) -> None:
        """Read who there is: at the start, and when a key may have been made since."""
        keys = await self._local.do(LocalStore.keys)
        self._people = [Person(key.person, key.name, key.roles, key.declared, key.public) for key in keys]

    def people(self) -> list[Person]:
        """Everyone who can sign here, in order of enrolment."""
        return list(self._people)

    async def unlock(self, person: str, pin: str) -> Signer:
        """The person's key, for a right PIN.

        Raises:
            NotFound: `no_person`.
            NotAllowed: `pin_wrong` with `left` tries, or `pin_locked` with `until_ms`.
        """
        now_ms = self._clock.now_ms()
        key = await self._local.do(lambda store: store.count_attempt(person, now_ms, FAILURES_MAX, LOCK_MS))
        if key is None:
            raise NotFound("no_person", person=person)
        if key.locked_until_ms > now_ms:
            raise NotAllowed("pin_locked", article="14", until_ms=key.locked_until_ms)
        seed = await asyncio.to_thread(unwrap, key, pin, self._secret)
        if seed is None:
            left = FAILURES_MAX - key.failures - 1
            if left:
                raise NotAllowed("pin_wrong", article="14", left=left)
            raise NotAllowed("pin_locked", article="14", until_ms=now_ms + LOCK_MS)
        await self._local.do(lambda store: store.forgive(person))
        return Signer(person, of_key(key.public).key(seed))


def wrap(person: Person, pin: str, secret: bytes, randomness: Randomness) -> WrappedKey:
    """Make a new key for a person and wrap it.

    Raises:
        BadInput: `pin_too_short`.
    """
    if not PIN_LENGTH_MIN <= len(pin) <= PIN_LENGTH_MAX:
        raise BadInput("pin_too_short", field="pin", least=PIN_LENGTH_MIN)
    seed, salt, nonce = randomness.bytes(32), randomness.bytes(16), randomness.bytes(12)
    wrapped = ChaCha20Poly1305(_derive(person.id, pin, salt, secret)).encrypt(nonce, seed, person.id.encode())
    return WrappedKey(
        person=person.id,
        name=person.name,
        roles=person.roles,
        public=SHIPPED.key(seed).public,
        salt=salt,
        nonce=nonce,
        wrapped=wrapped,
        declared=person.declared,
    )


def request_of(keys: Iterable[WrappedKey], settings: Settings, own: SigningKey) -> Request:
    """What a node asks for: its own certificate, and those of everyone whose key is on it."""
    people = tuple(
        enrolment.Person(id=key.person, name=key.name, roles=key.roles, public=key.public, declared=key.declared)
        for key in keys
    )
    return Request(
        suite=of_key(own.public).id, unit=settings.unit, unit_name=settings.unit_name, public=own.public, people=people
    )


def unwrap(key: WrappedKey, pin: str, secret: bytes) -> bytes | None:
    """The private seed, or None for a wrong PIN."""
    try:
        derived = _derive(key.person, pin[:PIN_LENGTH_MAX], key.salt, secret)
        return ChaCha20Poly1305(derived).decrypt(key.nonce, key.wrapped, key.person.encode())
    except InvalidTag:
        return None


def _derive(person: str, pin: str, salt: bytes, secret: bytes) -> bytes:
    kdf = Argon2id(
        salt=salt, length=32, iterations=PASSES, lanes=LANES, memory_cost=MEMORY_KIB, ad=person.encode(), secret=secret
    )
    return kdf.derive(pin.encode())
