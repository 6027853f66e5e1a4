"""Greetings: what a conversation begins with, signed by the node that speaks for the one conversation it is said in.

`bound` is what both ends know of the conversation and no other has (see `bound`): it is under the signature, and not
said.
"""

from __future__ import annotations

from fleet.errors import NotTrusted
from fleet.ledger import cose
from fleet.ledger.certificate import CENTRAL, Certificate
from fleet.ledger.granting import certified
from fleet.ledger.marks import Identity
from fleet.ledger.operation import Author
from fleet.ledger.suite import of_key
from fleet.ledger.wire import Hello

_CONTEXT = "hello"


def signed(hello: Hello, me: Identity, bound: bytes) -> Hello:
    """A greeting as it is said."""
    return hello._replace(signature=cose.signature(me.suite, me.key, _CONTEXT, hello.signed_part() + bound))


def speaker_of(hello: Hello, unit: str, root_public: bytes, bound: bytes) -> Certificate:
    """Whose greeting it is, of a node of `unit` or of central.

    Raises:
        NotTrusted: `wrong_certificate`, `other_unit`, `signature`, or what is wrong with the certificate.
    """
    peer = certified(root_public, hello.certificate)
    if peer.kind != "node" or not peer.subject.isdecimal():
        raise NotTrusted("wrong_certificate")
    if Author(int(peer.subject), peer.incarnation) != hello.author:
        raise NotTrusted("wrong_certificate")
    if hello.unit != unit or (peer.unit != hello.unit and hello.author.node != CENTRAL):
        raise NotTrusted("other_unit", unit=hello.unit)
    if not cose.signed_by(of_key(peer.public), peer.public, _CONTEXT, hello.signed_part() + bound, hello.signature):
        raise NotTrusted("signature", context=_CONTEXT)
    return peer
