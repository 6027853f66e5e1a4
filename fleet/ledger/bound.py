"""What a greeting is signed for besides what it says: the conversation it opens. Both ends know it, and it is not said.

    with central over HTTPS     the name of the talk, which the node chose anew
    with central over a radio   that it is one: the station has proved who speaks, freshly, before a greeting is read
    with another node           the name of the talk, under which both have proved who they are

So what a node said to one that listens is of no use with any other: a neighbour cannot open a conversation with central
in its name, nor central's keeper one with a neighbour.
"""

from __future__ import annotations

ON_AIR = b"radio"


def called(talk: bytes) -> bytes:
    """A talk of this name with central, over HTTPS; b"" for a turn that stands alone."""
    return b"https " + talk


def neighbourly(talk: bytes) -> bytes:
    """A talk of this name with another node of the unit."""
    return b"peer " + talk
