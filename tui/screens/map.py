"""The map: one vehicle's track or where all are, with places, a scale and the direction of travel; no tiles needed.

`+` and `-` go nearer and further, the arrows move, `0` shows everything again; `a` changes between one and all.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from tui.api import Refused, SessionLost
from tui.cells import fit
from tui.rows.map import At, Mark, View, fit_view, heading, map_lines, scale_bar
from tui.screens.frame import BACK, HELP, Foot, Page
from tui.shapes import VehicleRow
from tui.times import HOUR_MS, ago
from tui.widgets.lines import Spans

TRACK_MS = 12 * HOUR_MS
"""How far back a track is shown."""
STEP = 0.25
NEARER = 0.7
NOT_DRAWN = frozenset({"out_of_region"})


class MapScreen(Page):
    """Of `plate`, or of all vehicles where there is none."""

    TITLE = "room.map"
    TOPICS = frozenset({"orders", "vehicles"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus,equals_sign,f3", "zoom(1)", "key.nearer"),
        Binding("minus,f4", "zoom(-1)", "key.further"),
        Binding("left", "pan(-1, 0)", "key.west", priority=True),
        Binding("right", "pan(1, 0)", "key.east", priority=True),
        Binding("up", "pan(0, 1)", "key.north", priority=True),
        Binding("down", "pan(0, -1)", "key.south", priority=True),
        Binding("0,home", "whole", "key.whole"),
        Binding("a,f2", "all", "key.all_vehicles"),
    ]
    FOOTER = (
        Foot("+", "key.nearer", "screen.zoom(1)"),
        Foot("-", "key.further", "screen.zoom(-1)"),
        Foot("0", "key.whole", "screen.whole"),
        Foot("a", "key.all_vehicles", "screen.all"),
        BACK,
        HELP,
    )

    def __init__(self, plate: str = "") -> None:
        super().__init__()
        self._plate, self._one = plate, plate
        self._track: list[At] = []
        self._places: list[Mark] = []
        self._view: View | None = None

    def on_resize(self) -> None:
        self._view = None
        self.show_facts()

    def action_zoom(self, step: int) -> None:
        if self._view:
            self._view = self._view._replace(
                metres_a_dot=self._view.metres_a_dot * (NEARER if step > 0 else 1 / NEARER)
            )
            self.show_facts()

    def action_pan(self, east: int, north: int) -> None:
        if self._view:
            width, height = self._cells()
            dlat = north * STEP * height * 4 * self._view.metres_a_dot / 111_320
            dlon = east * STEP * width * 2 * self._view.metres_a_dot / 111_320
            middle = At(self._view.middle.lat + dlat, self._view.middle.lon + dlon)
            self._view = self._view._replace(middle=middle)
            self.show_facts()

    def action_whole(self) -> None:
        """Show everything."""
        self._view = None
        self.show_facts()

    def action_all(self) -> None:
        """All vehicles, or the one again."""
        self._plate = "" if self._plate else self._one
        self._view = None
        self.fetch()

    async def ask(self) -> None:
        track, places = await self._ask_track(), await self._ask_places()
        if (track and not self._track) or (places and not self._places):
            self._view = None  # what there is to see has just become known; later news moves nothing
        self._track, self._places = track, places

    async def _ask_track(self) -> list[At]:
        if not self._plate:
            return []
        now_ms = self.now_ms
        span = {"from_ms": str(now_ms - TRACK_MS), "to_ms": str(now_ms)}
        points: list[Any] = await self.api.get(f"/vehicles/{self._plate}/track", **span)
        return await asyncio.to_thread(lambda: [At(point["lat"], point["lon"]) for point in points])

    async def _ask_places(self) -> list[Mark]:
        try:
            features = (await self.api.get("/places"))["features"]
        except SessionLost:
            raise
        except Refused:
            return []
        found = []
        for feature in features:
            told = feature["properties"]
            if told["kind"] not in NOT_DRAWN:
                found.append(Mark(_point(feature["geometry"]), f"+{told['name']}", "dim"))
        return found

    def _vehicles(self) -> list[VehicleRow]:
        board = self.console_app.board
        rows = board["vehicles"]["rows"] if board else []
        return [
            row
            for row in rows
            if row["lat"] is not None and row["lon"] is not None and row["plate"] in {self._plate or row["plate"]}
        ]

    def _marks(self) -> list[Mark]:
        marks = []
        for row in self._vehicles():
            moving = row["speed_kmh"] is not None and row["speed_kmh"] > 1
            course = heading(row["course"]) if moving else ""
            sign = self.words(f"side.{course}") if course else ""
            assert row["lat"] is not None  # noqa: S101 - as chosen above
            assert row["lon"] is not None  # noqa: S101
            marks.append(
                Mark(At(row["lat"], row["lon"]), f"*{row['plate'][-4:]} {sign}".rstrip(), "strong", vehicle=True)
            )
        return marks + self._places

    def _cells(self) -> tuple[int, int]:
        field = self.panel
        return max(10, field.content_size.width - 1), max(4, field.content_size.height - 1)

    def show_facts(self) -> None:
        width, height = self._cells()
        marks = self._marks()
        if self._view is None:
            shown = [*self._track, *(mark.at for mark in marks if mark.vehicle)]
            self._view = fit_view(shown or [mark.at for mark in marks], width, height)
        title = (
            self.words("map.title.one", plate=self._plate)
            if self._plate
            else self.words("map.title.all", n=len(self._vehicles()))
        )
        self.panel.set_title(title)
        self.panel.show(["page"] if self._view else [], empty=self.words("map.nothing"))

    def page(self, width: int) -> list[Spans]:
        if self._view is None:
            return []
        width, height = self._cells()
        tracks = [self._track] if self._track else []
        field, unnamed = map_lines(self._view, tracks, self._marks(), width, height)
        return [*field, self._legend(self._view, unnamed, width)]

    def _legend(self, view: View, unnamed: int, width: int) -> Spans:
        metres, cells = scale_bar(view, width)
        length = self.words("map.km", n=metres // 1000) if metres >= 1000 else self.words("map.m", n=metres)
        ages = [row["seen_ms"] for row in self._vehicles() if row["seen_ms"]]
        said = [
            self.words("map.north"),
            self.words("map.unnamed", n=unnamed) if unnamed else "",
            self.words("map.as_of", ago=ago(self.words, max(ages), self.now_ms)) if ages else "",
        ]
        scale = f"|{'-' * max(1, cells - 2)}| {length}  "
        told = "  ".join(text for text in said if text)
        return [(scale, "strong"), (fit(told, max(1, width - cell_len(scale))), "dim")]


def _point(geometry: Any) -> At:
    """The middle of a feature."""
    told = geometry["coordinates"]
    points = [told] if geometry["type"] == "Point" else told[0] if geometry["type"] == "Polygon" else told
    return At(sum(point[1] for point in points) / len(points), sum(point[0] for point in points) / len(points))
