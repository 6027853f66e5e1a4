"""Where an order may stand and what may be done to it (Art. 12, 13), as tables.

    apply -> approve -> dispatch -> depart -> return -> close
             send back    unmet      (arrive, head back)

Every legal change is one line of MOVES, of RULINGS for what a case decides, or of SEEN for what a track shows; a change
that is in none of them does not exist. What two places did without knowing of each other is settled by MERGES.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where an order stands; the Chinese screen words are in the catalogue under `state.`."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SENT_BACK = "sent_back"
    APPROVED = "approved"
    UNMET = "unmet"
    DISPATCHED = "dispatched"
    DEPARTED = "departed"
    WAITING = "waiting"
    RETURNING = "returning"
    BACK = "back"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    VOID = "void"


class Act(StrEnum):
    """What a person does to an order."""

    SUBMIT = "submit"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    CANCEL = "cancel"
    DISPATCH = "dispatch"
    UNMET = "unmet"
    RECALL = "recall"
    DEPART = "depart"
    ARRIVE = "arrive"
    HEAD_BACK = "head_back"
    RETURN = "return"
    CLOSE = "close"


class Ruling(StrEnum):
    """What a case decides about an order (see `fleet.rules.case`). Nobody signs these on the order itself: they are
    facts of the case, and the order's only while the case holds them good."""

    SUPPLEMENT = "supplement"
    SUPPLEMENT_RUNNING = "supplement_running"
    CORRECT = "correct"
    VOID = "void"


class Seen(StrEnum):
    """What a node saw a vehicle do by its track. The node states it; nobody signs it, and it stands in for no act that
    needs a person: a departure that was seen is asked for, waiting and heading back are marked as inferred."""

    MOVEMENT = "movement_seen"
    ARRIVED = "arrive_seen"
    HEADED_BACK = "head_back_seen"


class Looked(StrEnum):
    """What supervision does to a confidential order: two custodians have opened what of it is sealed, with a reason
    (Art. 3, 10 (4)). It changes nothing, and stays on the order's record for everyone to see."""

    OPENED = "opened"


MOVES: dict[tuple[State, str], State] = {
    (State.DRAFT, Act.SUBMIT): State.SUBMITTED,
    (State.SENT_BACK, Act.SUBMIT): State.SUBMITTED,
    (State.SUBMITTED, Act.APPROVE): State.APPROVED,
    (State.SUBMITTED, Act.SEND_BACK): State.SENT_BACK,
    (State.SUBMITTED, Act.CANCEL): State.CANCELLED,
    (State.SENT_BACK, Act.CANCEL): State.CANCELLED,
    (State.APPROVED, Act.CANCEL): State.CANCELLED,
    (State.UNMET, Act.CANCEL): State.CANCELLED,
    (State.DISPATCHED, Act.CANCEL): State.CANCELLED,
    (State.APPROVED, Act.DISPATCH): State.DISPATCHED,
    (State.UNMET, Act.DISPATCH): State.DISPATCHED,
    (State.APPROVED, Act.UNMET): State.UNMET,
    (State.DISPATCHED, Act.RECALL): State.APPROVED,
    (State.DISPATCHED, Act.DEPART): State.DEPARTED,
    (State.DEPARTED, Act.ARRIVE): State.WAITING,
    (State.DEPARTED, Act.HEAD_BACK): State.RETURNING,
    (State.WAITING, Act.HEAD_BACK): State.RETURNING,
    (State.DEPARTED, Act.RETURN): State.BACK,
    (State.WAITING, Act.RETURN): State.BACK,
    (State.RETURNING, Act.RETURN): State.BACK,
    (State.BACK, Act.CLOSE): State.CLOSED,
}

RULINGS: dict[tuple[State, str], State] = {
    # An endorsed supplement (Art. 12): the whole trip at once, or one that is still on the road.
    (State.DRAFT, Ruling.SUPPLEMENT): State.CLOSED,
    (State.DRAFT, Ruling.SUPPLEMENT_RUNNING): State.DEPARTED,
    # A correction stands beside what was recorded, and moves nothing (Art. 13).
    **{(state, Ruling.CORRECT): state for state in State if state != State.DRAFT},
    # After the trip two people may say that its record does not count (Art. 14); it stays readable.
    (State.BACK, Ruling.VOID): State.VOID,
    (State.CLOSED, Ruling.VOID): State.VOID,
}

SEEN: dict[tuple[State, str], State] = {
    (State.DISPATCHED, Seen.MOVEMENT): State.DISPATCHED,
    (State.DEPARTED, Seen.ARRIVED): State.WAITING,
    (State.WAITING, Seen.HEADED_BACK): State.RETURNING,
    # The driver says what the track had shown already.
    (State.WAITING, Act.ARRIVE): State.WAITING,
    (State.RETURNING, Act.HEAD_BACK): State.RETURNING,
}
SHOWN: dict[tuple[State, str], Seen] = {
    (State.WAITING, Act.ARRIVE): Seen.ARRIVED,
    (State.RETURNING, Act.HEAD_BACK): Seen.HEADED_BACK,
}
LOOKED: dict[tuple[State, str], State] = {(state, Looked.OPENED): state for state in State if state != State.DRAFT}
NEXT = {**MOVES, **RULINGS, **SEEN, **LOOKED}

MERGES: dict[tuple[State, str], tuple[State, str]] = {
    # Two places acted without knowing of each other. A departure is physical: it happened, paper follows it.
    (State.CANCELLED, Act.DEPART): (State.DEPARTED, "cancel_after_departure"),
}

WITNESSED = "witnessed"
"""The part of an act on the trip that says why a dispatcher, as a witness, puts it on record and not the driver."""

ON_THE_ROAD = frozenset({State.DEPARTED, State.WAITING, State.RETURNING})
HOLDS_VEHICLE = ON_THE_ROAD | {State.DISPATCHED}
ENDED = frozenset({State.CLOSED, State.CANCELLED, State.VOID})
