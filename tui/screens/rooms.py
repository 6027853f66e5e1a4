"""Every screen one can go to from anywhere: its name, its keys, how it is made. A screen is loaded when it is opened.

The words are `room.` in the catalogue. The menu lists them all with a digit or letter each, so that none needs a key of
its own to be found.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

from textual.binding import Binding
from textual.screen import Screen

from tui.screens.frame import Placed


class Room(NamedTuple):
    """A screen to go to. `keys` open it from the board; the first is the one printed."""

    name: str
    keys: str
    where: str
    """Its module and its class."""
    given: tuple[Any, ...] = ()
    """What it is made with."""

    @property
    def screen(self) -> type[Screen[Any]]:
        """Its class, loaded now."""
        module, _, name = self.where.partition(":")
        screen: type[Screen[Any]] = getattr(import_module(f"tui.screens.{module}"), name)
        return screen

    def make(self) -> Screen[Any]:
        return self.screen(*self.given)


CASES = "cases:CasesScreen"
ROOMS: tuple[Room, ...] = (
    Room("supplements", "s,f4", "supplements:SupplementsScreen"),
    Room("vehicles", "v,f7", "vehicles:VehiclesScreen"),
    Room("alarms", "a,f9", "alarms:AlarmsScreen"),
    Room("map", "t,f11", "map:MapScreen"),
    Room("sync", "y,f10", "sync:SyncScreen"),
    Room("health", "", "health:HealthScreen"),
    Room("money", "", CASES, (("expense", "settlement"), "room.money")),
    Room("minutes", "", CASES, (("minutes",), "room.minutes")),
    Room("shift", "h", "shift:ShiftScreen"),
    Room("accidents", "", CASES, (("accident",), "room.accidents")),
    Room("people", "", "people:PeopleScreen"),
    Room("settings", "", "settings:SettingsScreen"),
    Room("reports", "", "reports:ReportsScreen"),
    Room("changes", "", CASES, (("change", "setting", "void", "ruling", "disposal"), "room.changes")),
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
