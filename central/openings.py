"""Opening what is sealed of a confidential order: two custodians, a reason, and first of all a record of it (Art. 3).

The record carries a signature of each custodian and is part of the unit's own log, so the unit learns of it as of
anything else. Only once it is committed are the seals opened, in the memory of whoever asked, and nowhere else.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import msgspec
from litestar import Request, post
from litestar.di import NamedDependency
from msgspec import Struct

from central import home, settings, tls
from central.database import open_reader
from central.keys import Keys
from central.region import Region, open_region
from central.service import Service
from central.store import UnitStore
from fleet.errors import BadInput, FleetError, NotAllowed, NotFound, NotTrusted, Unavailable
from fleet.ledger import escrow, kinds, secrecy
from fleet.ledger.entries import Placed
from fleet.ledger.replica import Replica, Statement
from fleet.ledger.state import State
from fleet.ledger.suite import SHIPPED, SigningKey
from fleet.ports import Clock
from fleet.rules import secrecy as rule

ANSWER_S_MAX = 60.0
FORM_SIZE_MAX = 8192


class Opening(Struct, frozen=True):
    """What two custodians ask for, with their signatures: proves itself to whoever receives it."""

    unit: str
    order: str
    reason: str
    opened_ms: int
    inner: bytes
    outer: bytes

    def body(self) -> dict[str, Any]:
        """What goes on record."""
        return escrow.opening(self.reason, self.opened_ms, inner=self.inner, outer=self.outer)


class Both(Struct, frozen=True):
    """The two custodians' keys, unlocked."""

    inner: SigningKey
    outer: SigningKey


def asked(unit: str, order: str, reason: str, both: Both, now_ms: int) -> Opening:
    """The custodians' request.

    Raises:
        BadInput: `opening_reason`: none, or too long.
    """
    if not 0 < len(reason.strip()) <= escrow.REASON_LENGTH_MAX:
        raise BadInput("opening_reason", field="reason", most=escrow.REASON_LENGTH_MAX)
    turned = [escrow.turn(key, unit, order, reason, now_ms) for key in (both.inner, both.outer)]
    return Opening(unit, order, reason, now_ms, inner=turned[0], outer=turned[1])


def encoded(opening: Opening) -> bytes:
    """An opening as it is sent to a running server."""
    return msgspec.json.encode(opening)


def record(region: Region, opening: Opening) -> None:
    """Put an opening on record.

    Raises:
        NotFound: `no_unit`, or `no_order` that is confidential.
        NotTrusted: the custodians did not both sign for it.
    """
    replica = region.replica(opening.unit)
    if not rule.is_confidential(replica.state.document(kinds.ORDERS + opening.order).fields):
        raise NotFound("no_order", order=opening.order)
    replica.write([Statement("order.opened", kinds.ORDERS + opening.order, opening.body())])


def put_on_record(directory: Path, own_keys: Keys, opening: Opening, clock: Clock) -> None:
    """Put an opening on record in a region's directory, through the server that runs on it if one does.

    Raises:
        FleetError: as `record`; Unavailable: the server does not answer.
    """
    try:
        with home.alone(directory), closing(open_region(directory, own_keys, clock)) as region:
            record(region, opening)
    except NotAllowed as refused:
        if refused.code != "central_running":
            raise
        _ask_running(directory, own_keys, opening)


def read(
    directory: Path, own_keys: Keys, opening: Opening, both: Both, clock: Clock
) -> list[tuple[str, dict[str, str]]]:
    """What is sealed of an order that has been opened: each act with its texts, the form with its submission.

    Raises:
        NotTrusted: a seal is not for these two custodians, or damaged.
    """
    with closing(open_reader(settings.database_url(directory, settings.load(directory)))) as connection:
        store = UnitStore(connection, opening.unit)
        state = Replica(store, clock, own_keys.root.public, unit=opening.unit, identity=None).state
        return [(placed.fact.act, _opened(placed, opening, both)) for placed in _sealed(state, opening.order)]


def _sealed(state: State, order: str) -> list[Placed]:
    return [placed for placed in state.acts.get(order, ()) if isinstance(placed.fact.detail.get(kinds.SEALED), bytes)]


def _opened(placed: Placed, opening: Opening, both: Both) -> dict[str, str]:
    sealed = placed.fact.detail[kinds.SEALED]
    assert isinstance(sealed, bytes)  # noqa: S101 - `_sealed` has seen it
    targets = [kinds.ORDERS + opening.order, *([placed.told_by] if placed.told_by else [])]
    for target in targets:  # a correction was sealed as part of its case, a form as part of its order
        bound = secrecy.bound(opening.unit, target)
        try:
            return secrecy.open_inner(
                SHIPPED, sealed, bound, secrecy.open_outer(SHIPPED, sealed, bound, both.outer), both.inner
            )
        except NotTrusted as refused:
            if target == targets[-1] or refused.code == "secret_not_ours":
                raise
    raise NotTrusted("secret_damaged")


@post("/openings", status_code=204, request_max_body_size=FORM_SIZE_MAX)
async def openings(request: Request[Any, Any, Any], service: NamedDependency[Service]) -> None:
    """Take an opening on record. Nobody signs in: two custodians have signed it, and it says nothing that is sealed."""
    try:
        opening = msgspec.json.decode(await request.body(), type=Opening)
    except msgspec.DecodeError:
        raise BadInput("json_form", detail="opening") from None
    await service.do(lambda region: record(region, opening))
    service.live.changed()


def _ask_running(directory: Path, own_keys: Keys, opening: Opening) -> None:
    context, address = tls.trusting(own_keys.ca_pem), home.address_of_running(directory)
    try:
        with httpx.Client(verify=context, timeout=ANSWER_S_MAX, trust_env=False) as api:
            answer = api.post(f"{address}/openings", content=encoded(opening))
    except httpx.HTTPError as error:
        raise Unavailable("central_silent", directory=str(directory), detail=str(error)) from error
    if not answer.is_success:
        raise _refusal(answer)


def _refusal(answer: httpx.Response) -> FleetError:
    try:
        code = str(answer.json()["code"])
    except (ValueError, KeyError, TypeError):
        return Unavailable("central_silent", directory="", detail=f"HTTP {answer.status_code}")
    return NotTrusted(code)


HANDLERS = [openings]
