"""Every screen one can go to from anywhere: its name, its keys, how it is made. A screen is loaded when it is opened.

The words are `room.` in the catalogue. The menu lists them all with a digit or letter each, so that none needs a key of
its own to be found.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from textual.binding import Binding
from textual.screen import Screen

from tui.screens.frame import Placed


class Room(NamedTuple):
    """A screen to go to. `keys` open it from the board; the first is the one printed."""

    name: str
    keys: str
    make: Callable[[], Screen[Any]]


def _cases(*kinds: str, title: str) -> Screen[Any]:
    from tui.screens.cases import CasesScreen

    return CasesScreen(kinds, title)


def _supplements() -> Screen[Any]:
    from tui.screens.supplements import SupplementsScreen

    return SupplementsScreen()


def _health() -> Screen[Any]:
    from tui.screens.health import HealthScreen

    return HealthScreen()


def _sync() -> Screen[Any]:
    from tui.screens.sync import SyncScreen

    return SyncScreen()


def _vehicles() -> Screen[Any]:
    from tui.screens.vehicles import VehiclesScreen

    return VehiclesScreen()


def _alarms() -> Screen[Any]:
    from tui.screens.alarms import AlarmsScreen

    return AlarmsScreen()


def _map() -> Screen[Any]:
    from tui.screens.map import MapScreen

    return MapScreen()


def _shift() -> Screen[Any]:
    from tui.screens.shift import ShiftScreen

    return ShiftScreen()


def _people() -> Screen[Any]:
    from tui.screens.people import PeopleScreen

    return PeopleScreen()


def _settings() -> Screen[Any]:
    from tui.screens.settings import SettingsScreen

    return SettingsScreen()


def _reports() -> Screen[Any]:
    from tui.screens.reports import ReportsScreen

    return ReportsScreen()


ROOMS: tuple[Room, ...] = (
    Room("supplements", "s,f4", _supplements),
    Room("vehicles", "v,f7", _vehicles),
    Room("alarms", "a,f9", _alarms),
    Room("map", "t,f11", _map),
    Room("sync", "y,f10", _sync),
    Room("health", "", _health),
    Room("money", "", lambda: _cases("expense", "settlement", title="room.money")),
    Room("minutes", "", lambda: _cases("minutes", title="room.minutes")),
    Room("shift", "h", _shift),
    Room("accidents", "", lambda: _cases("accident", title="room.accidents")),
    Room("people", "", _people),
    Room("settings", "", _settings),
    Room("reports", "", _reports),
    Room("changes", "", lambda: _cases("change", "setting", "void", "ruling", "disposal", title="room.changes")),
)
BY_NAME = {room.name: room for room in ROOMS}
ROOM_BINDINGS = [
    *(Binding(room.keys, f"room('{room.name}')", f"room.{room.name}") for room in ROOMS if room.keys),
    Binding("0,f12", "menu", "key.menu"),
]


class Rooms(Placed[Any]):
    """For screens from which one goes elsewhere."""

    def action_room(self, name: str) -> None:
        """Open a screen by its name."""
        self.app.push_screen(BY_NAME[name].make())

    def action_menu(self) -> None:
        """List every screen."""
        from tui.rows.fields import Option
        from tui.screens.choose import ChooseDialog

        options = [Option(room.name, self._named(room)) for room in ROOMS]
        self.app.push_screen(ChooseDialog(self.words("menu.title"), options), self._go)

    def _named(self, room: Room) -> str:
        keys = " ".join(
            key.upper() if key.startswith("f") and len(key) > 1 else key for key in room.keys.split(",") if key
        )
        return f"{self.words(f'room.{room.name}')}  {keys}".rstrip()

    def _go(self, name: str | None) -> None:
        if name is not None:
            self.action_room(name)
