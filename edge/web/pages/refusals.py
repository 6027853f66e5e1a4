"""A refusal on a page: what, why, what next, beside the field it is about; everything typed stays where it was.

A page catches the refusals of its own forms and draws itself again. What it did not expect ends here, on a page of its
own; someone not signed in is shown the door instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from litestar.response import Redirect

from edge.web import auth
from edge.web.errors import named, tell
from edge.web.pages.face import Answer, PageRequest, page, words_of

# Refusals that name no field themselves -> the field a person would change.
FIELDS = {
    "end_before_start": "end_ms",
    "start_in_the_past": "start_ms",
    "unchanged_resubmission": "explanation",
    "reason_missing": "reason",
    "reason_too_short": "reason",
    "pin_wrong": "pin",
    "pin_locked": "pin",
    "odometer_backwards": "odometer_km",
    "escrow_unknown": "cls",
    "class_fixed": "cls",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a page shows of a refusal. `field` is "" where it is about the whole form."""

    status: int
    code: str
    field: str
    what: str
    why: str
    next: str


def refusal(request: PageRequest, error: Exception) -> Refusal:
    """Word a refusal in the reader's language."""
    told = tell(error)
    said = words_of(request).explain(told.code, named(request, told.facts))
    field = str(told.facts.get("field", FIELDS.get(told.code, "")))
    return Refusal(told.status, told.code, field, said.what, said.why, said.next)


def refuse_on_a_page(request: PageRequest, error: Exception) -> Answer:
    """The page for a refusal no form expected."""
    door = auth.door_of(request)
    shown = refusal(request, error)
    if door and (shown.status == 401 or shown.code == "no_role"):
        return Redirect(SIGN_IN[door], status_code=303)
    template = "kiosk/refused.html" if door == "kiosk" else "refused.html"
    return page(request, template, status=shown.status, refusal=shown, back=f"/{door}")


SIGN_IN = {"apply": "/apply/sign-in", "approve": "/approve/sign-in", "kiosk": "/kiosk", "places": "/places/sign-in"}
