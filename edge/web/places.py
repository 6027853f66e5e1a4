"""The unit's places as maps exchange them: what GET /api/places answers, `/api/imports/places` takes."""

from __future__ import annotations

from typing import Any

from litestar import Controller, get

from edge import geojson
from edge.web import acts
from edge.web.auth import TheNode
from edge.web.sight import OFFICE
from fleet.desk.register import places


class Places(Controller):
    """Designated parking, sensitive areas, filling stations, gates, radio holes, tunnels."""

    path = "/places"

    @get(opt={"roles": OFFICE})
    async def places(self, node: TheNode) -> dict[str, Any]:
        """Every place on the register as a GeoJSON collection of features (WGS-84)."""
        return await acts.look(node, lambda _, view: geojson.collection(places(view.state)))
