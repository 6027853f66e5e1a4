"""Pages for people: choose, apply, approve, kiosk, places. Every form works without a script; scripts spare waiting."""

from edge.web.pages.apply import Apply
from edge.web.pages.approve import Approve
from edge.web.pages.choose import Choose
from edge.web.pages.kiosk import Kiosk
from edge.web.pages.places import Places
from edge.web.pages.refusals import refuse_on_a_page
from edge.web.pages.returning import Returning
from edge.web.pages.signing import Signing
from edge.web.pages.trip import Trip

ROUTES = (Choose, Signing, Apply, Approve, Kiosk, Trip, Returning, Places)

__all__ = ["ROUTES", "refuse_on_a_page"]
