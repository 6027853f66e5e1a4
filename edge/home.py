"""A node's directory: what is in it, made once by `init`, and the identity it gives the node when it is enrolled."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge import settings as node_settings
from edge.settings import Settings
from edge.store.engine import disk_errors
from fleet.errors import NotAllowed, NotFound, NotTrusted, Unavailable
from fleet.ledger import enrolment
from fleet.ledger.enrolment import Grant
from fleet.ledger.exchange import Speaker
from fleet.ledger.marks import Identity
from fleet.ledger.suite import SHIPPED, SigningKey
from fleet.ports import Randomness
from machine.files import write_whole

SECRET_SIZE = 32
GRANT = "grant.cbor"


def create(home: Path, settings: Settings, randomness: Randomness) -> None:
    """Make a node's directory with fresh keys, readable by its owner only. The settings come last: a directory without
    them is no node yet, and keys that an earlier try left there are taken up.

    Raises:
        NotAllowed: `node_exists`; a directory that holds a node is never made anew.
        Unavailable: `disk_full` or `disk_failed`; the directory cannot be made or written.
    """
    if (home / node_settings.FILE_NAME).exists():
        raise NotAllowed("node_exists", directory=str(home))
    with disk_errors(home):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("node.key", "device.secret"):
            if not (home / name).exists():
                write_whole(home / name, randomness.bytes(SECRET_SIZE))
        write_whole(home / node_settings.FILE_NAME, node_settings.as_toml(settings).encode())


def node_key(home: Path) -> SigningKey:
    """The key that seals this node's log.

    Raises:
        Unavailable: `key_file_wrong`, or `disk_failed` if it cannot be read.
    """
    return SHIPPED.key(_secret(home / "node.key"))


def device_secret(home: Path) -> bytes:
    """What binds people's PINs to this device. Raises as `node_key`."""
    return _secret(home / "device.secret")


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Hold the directory for one process: two writers of one ledger would be a fork.

    Raises:
        NotAllowed: `node_running`.
    """
    (home / "node.lock").touch(mode=0o600)  # who can open a file can lock it
    with (home / "node.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotAllowed("node_running", directory=str(home)) from None
        yield


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A node that central has granted a place: who it is and what it trusts."""

    grant: Grant
    identity: Identity

    @property
    def speaker(self) -> Speaker:
        """This end of a conversation with central."""
        return Speaker(self.identity, self.grant.node_certificate)


def granted(home: Path) -> Grant:
    """Read the grant; no secret of the node is needed for it.

    Raises:
        NotFound: `not_enrolled`: no grant has been accepted yet.
        NotTrusted: `grant_file_wrong`: what lies there is not what was accepted; `reason` is why.
    """
    path = home / GRANT
    if not path.exists():
        raise NotFound("not_enrolled", directory=str(home))
    try:
        return enrolment.read_grant(_read(path))
    except NotTrusted as error:
        raise NotTrusted("grant_file_wrong", file=str(path), directory=str(home), reason=error.code) from error


def enrolled(home: Path) -> Enrolled:
    """The node as its grant and its key make it. Raises as `granted` and `node_key`."""
    grant = granted(home)
    return Enrolled(grant, Identity(grant.unit, grant.author, node_key(home), grant.node_certificate))


def _secret(path: Path) -> bytes:
    secret = _read(path)
    if len(secret) != SECRET_SIZE:
        raise Unavailable("key_file_wrong", file=str(path))
    return secret


def _read(path: Path) -> bytes:
    with disk_errors(path):
        return path.read_bytes()
