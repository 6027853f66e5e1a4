"""Two nodes of one unit that meet on a network prove to each other who they are, before either says anything else.

    host -> caller   certificate · challenge · signature of the host over both and over its channel
    caller -> host   certificate · signature of the caller over what the host said, the channel and the talk's name

The channel is the hash of the TLS certificate at the host's end (b"" on the loopback, where there is no TLS): so nobody
in between can pass on what one end says as their own. A challenge is used once, so what was said before proves nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from fleet.errors import NotTrusted
from fleet.ledger import cose
from fleet.ledger.canonical import decode, encode
from fleet.ledger.certificate import CENTRAL, Certificate
from fleet.ledger.granting import certified
from fleet.ledger.suite import SigningKey, of_key

MESSAGE_SIZE_MAX = 4096
CHALLENGE_SIZE = 16
_HOST, _CALLER = "neighbour host", "neighbour caller"


class Me(NamedTuple):
    """What a node proves itself with, whom it believes, and its unit."""

    key: SigningKey
    certificate: bytes
    root_public: bytes
    unit: str


def introduce_host(me: Me, challenge: bytes, channel: bytes) -> bytes:
    """What a host says to whoever calls."""
    said = encode([me.certificate, challenge])
    return encode([said, cose.signature(of_key(me.key.public), me.key, _HOST, said + channel)])


def believe_host(me: Me, message: bytes, channel: bytes, now_ms: int) -> Certificate:
    """The host that said this on this channel.

    Raises:
        NotTrusted: `neighbour_form`, `signature`, `other_unit`, `lease_over`, `wrong_certificate` or what is wrong with
            its certificate.
    """
    said, signature = _two(message)
    certificate, challenge = _two(said)
    if len(challenge) != CHALLENGE_SIZE:
        raise NotTrusted("neighbour_form")
    return _neighbour(me, certificate, _HOST, said + channel, signature, now_ms)


def introduce_caller(me: Me, host_said: bytes, channel: bytes, talk: bytes) -> bytes:
    """What a caller says to a host it believes, to begin a talk of this name."""
    meant = encode([host_said, channel, talk])
    return encode([me.certificate, cose.signature(of_key(me.key.public), me.key, _CALLER, meant)])


def believe_caller(me: Me, message: bytes, host_said: bytes, channel: bytes, talk: bytes, now_ms: int) -> Certificate:
    """The caller that said this to what we said to it. Raises as `believe_host`."""
    certificate, signature = _two(message)
    return _neighbour(me, certificate, _CALLER, encode([host_said, channel, talk]), signature, now_ms)


def challenge_in(host_said: bytes) -> bytes:
    """The challenge in what a host said."""
    return _two(_two(host_said)[0])[1]


def _neighbour(me: Me, message: bytes, purpose: str, meant: bytes, signature: bytes, now_ms: int) -> Certificate:
    peer = certified(me.root_public, message)
    if peer.kind != "node" or not peer.subject.isdecimal() or int(peer.subject) == CENTRAL:
        raise NotTrusted("wrong_certificate")
    if peer.unit != me.unit:
        raise NotTrusted("other_unit", unit=peer.unit)
    if not peer.covers(now_ms):
        raise NotTrusted("lease_over")
    if not cose.signed_by(of_key(peer.public), peer.public, purpose, meant, signature):
        raise NotTrusted("signature", context=purpose)
    return peer


def _two(message: bytes) -> tuple[bytes, bytes]:
    match decode(message, size_max=MESSAGE_SIZE_MAX):
        case [bytes() as first, bytes() as second]:
            return first, second
    raise NotTrusted("neighbour_form")
