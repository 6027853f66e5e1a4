"""The home board: what needs me, by the rules' order; every vehicle; alarms. One screen, no tabs to find an emergency.

The three panels keep fixed shares of the height, so nothing moves when facts change; each title counts all there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from fleet.rules.order import Act
from fleet.rules.roles import Role
from tui.rows.alarms import alarm_line
from tui.rows.orders import order_line
from tui.rows.vehicles import BoardVehicle, Parked, board_vehicles, vehicle_key, vehicle_line
from tui.screens.emergency import Emergencies
from tui.screens.frame import HELP, FactsChanged, Foot, Frame
from tui.screens.order_acts import ACT_BINDINGS, OrderActs
from tui.screens.orders_new import NewOrders
from tui.screens.rooms import ROOM_BINDINGS, Rooms
from tui.shapes import AlarmRow, OrderRow
from tui.widgets.lines import Lines, Spans

if TYPE_CHECKING:
    from tui.screens.line import Meant

PANELS = ("todo", "vehicles", "alarms")
WIDE_ENOUGH, PANE_CELLS = 160, 40
"""From so many cells on there is a pane beside the panels, and it takes so many of them."""


class BoardScreen(OrderActs, NewOrders, Emergencies, Rooms, Frame[None]):
    """The bottom of the stack; Esc has nowhere to go from here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(number), f"panel({number - 1})", f"key.panel.{name}") for number, name in enumerate(PANELS, 1)),
        *ACT_BINDINGS,
        Binding("n,f2", "new_order", "key.new_order"),
        Binding("e,f5", "emergency", "key.emergency"),
        *ROOM_BINDINGS,
        Binding("q", "sign_out", "key.quit"),
    ]
    FOOTER = (
        Foot("n", "key.new_order", "screen.new_order"),
        Foot("d", "key.dispatch", "screen.act('dispatch')"),
        Foot("s", "room.supplements", "screen.room('supplements')"),
        Foot("e", "key.emergency", "screen.emergency"),
        HELP,
        Foot("v", "room.vehicles", "screen.room('vehicles')"),
        Foot("a", "room.alarms", "screen.room('alarms')"),
        Foot("y", "room.sync", "screen.room('sync')"),
        Foot("/", "key.find", "screen.find"),
        Foot("0", "key.menu", "screen.menu"),
        Foot("q", "key.quit", "screen.sign_out"),
    )

    def body(self) -> ComposeResult:
        with Horizontal(id="board"):
            with Vertical(id="panels"):
                yield Lines[OrderRow](self._order, lambda row: row["id"], id="todo")
                yield Lines[BoardVehicle](self._vehicle, vehicle_key, id="vehicles")
                yield Lines[AlarmRow](self._alarm, lambda row: row["id"], id="alarms")
            yield Lines[str](self._detail, lambda part: part, tall=True, pointer=False, id="detail")

    def on_mount(self) -> None:
        for panel in self.query("#board Lines"):
            panel.add_class("panel")
        detail = self.query_one("#detail", Lines)
        detail.can_focus = False
        detail.set_title(self.words("detail.title"))
        self._titles()
        self.query_one("#todo").focus()

    @on(FactsChanged)
    def show_board(self) -> None:
        if (board := self.console_app.board) is None:
            return
        words = self.words
        todo, vehicles, alarms = board["todo"]["rows"], board["vehicles"]["rows"], self._alarms()
        self.query_one("#todo", Lines).show(todo, empty=words("todo.empty"))
        width = self._panel_cells()
        self.query_one("#vehicles", Lines).show(board_vehicles(words, vehicles, width), empty=words("vehicles.empty"))
        self.query_one("#alarms", Lines).show(alarms, empty=words("alarms.empty"))
        self._titles()

    def on_resize(self) -> None:
        wide = self.size.width >= WIDE_ENOUGH
        self.query_one("#detail").display = wide
        self.query_one("#panels").set_class(wide, "-beside")
        self.show_board()

    def _alarms(self) -> list[AlarmRow]:
        """The alarms, with this console's marks."""
        board, seen = self.console_app.board, self.console_app.kept.seen
        rows = board["alarms"]["rows"] if board else []
        return [{**row, "seen": row["seen"] or row["id"] in seen} for row in rows]

    def _panel_cells(self) -> int:
        """The cells a line of a panel has."""
        return self.size.width - 4 - (PANE_CELLS if self.size.width >= WIDE_ENOUGH else 0)

    @on(Lines.Moved)
    def _titles(self, event: Lines.Moved | None = None) -> None:
        """Counts tell what no scrollbar shows; the pane tells of the line the cursor has come to."""
        moved = None if event is None else event.control.id
        if moved == "detail":
            return
        self._renew_detail()
        unseen = sum(not alarm["seen"] for alarm in self._alarms()) if moved in {None, "alarms"} else 0
        for number, name in enumerate(PANELS, 1):
            if moved in {None, name}:
                self._title(number, name, unseen)

    def _title(self, number: int, name: str, unseen: int) -> None:
        lines, board = self.query_one(f"#{name}", Lines), self.console_app.board
        if board is None:
            title = self.words(f"panel.{name}.unknown", number=number)
        else:
            key = f"panel.{name}" if unseen or name != "alarms" else "panel.alarms.seen"
            title = self.words(key, number=number, n=board[name]["count"], unseen=unseen)  # type: ignore[literal-required]
        lines.set_title(title)

    def _renew_detail(self) -> None:
        """Tell of the line the cursor is on, where there is room to."""
        if self.size.width >= WIDE_ENOUGH:
            self.query_one("#detail", Lines).show(["detail"])

    @on(Lines.Opened)
    def open(self, event: Lines.Opened) -> None:
        """Open the order of the line: itself, or the one the vehicle is on."""
        order_id = self._order_of(event.control.id, event.item)
        if order_id is None:
            self.say(self.words("board.no_order"))
        else:
            self.open_order(order_id)

    def action_open(self) -> None:
        if isinstance(self.focused, Lines):
            self.focused.action_open()

    def action_panel(self, index: int) -> None:
        self.query_one(f"#{PANELS[index]}").focus()

    def say(self, news: str, *, paint: str = "notice") -> None:
        """News of what was begun from here is told on whatever lies on top by now."""
        if not self.here:
            return
        top = self.app.screen
        if top is not self and isinstance(top, Frame):
            top.say(news, paint=paint)
        super().say(news, paint=paint)

    def run(self, meant: Meant | None) -> None:
        """Do what the command line said, from here whatever screen it was written over."""
        if meant is None:
            return
        verb, order = meant.verb, meant.order
        if verb.kind == "room":
            self.action_room(verb.name)
        elif order is None:
            getattr(self, f"action_{verb.name}")()
        elif meant.done:
            self.done(order)
        elif verb.kind == "open":
            self.open_order(order["id"])
        elif meant.chosen:
            from tui.screens.act_form import ActForm

            self.app.push_screen(ActForm(order, Act(verb.name), meant.chosen), self.done)
        else:
            self._begin(order["id"], Act(verb.name))

    def action_quit(self) -> None:
        self.app.call_later(self.console_app.action_leave)

    @property
    def selected_plate(self) -> str:
        item = self.query_one("#vehicles", Lines).selected
        focused = self.focused is not None and self.focused.id == "vehicles"
        return item["plate"] if focused and item is not None and not isinstance(item, Parked) else ""

    def action_sign_out(self) -> None:
        """Leave: a dispatcher by way of the handover note, everyone else at once."""
        person = self.console_app.person
        if person is not None and Role.DISPATCHER in person["roles"]:
            self.action_room("shift")
        else:
            self.app.run_worker(self.console_app.action_leave())

    def action_back(self) -> None:
        self.say("")

    def on_key(self) -> None:
        self.say("")

    @property
    def order_id(self) -> str | None:
        """The order the keys of acts are about: that of the selected line of the focused panel."""
        panel = self.focused if isinstance(self.focused, Lines) else self.query_one("#todo", Lines)
        return self._order_of(panel.id, panel.selected)

    def _order_of(self, panel: str | None, item: object) -> str | None:
        if item is None or isinstance(item, Parked):
            return None
        if panel == "todo":
            return item["id"]  # type: ignore[index, no-any-return]
        if panel == "vehicles":
            return item["order"]  # type: ignore[index, no-any-return]
        return item["facts"].get("order") or None  # type: ignore[index]

    def on_descendant_focus(self) -> None:
        self._renew_detail()

    def _detail(self, part: str, width: int) -> list[Spans]:
        from tui.rows.detail import DETAILS

        panel = self.focused if isinstance(self.focused, Lines) else self.query_one("#todo", Lines)
        if panel.id not in DETAILS or panel.selected is None:
            return []
        return DETAILS[panel.id](self.words, panel.selected, self.now_ms, width)

    def _order(self, row: OrderRow, width: int) -> list[Spans]:
        return [order_line(self.words, row, self.now_ms, width)]

    def _vehicle(self, row: BoardVehicle, width: int) -> list[Spans]:
        return [vehicle_line(self.words, row, self.now_ms, width)]

    def _alarm(self, row: AlarmRow, width: int) -> list[Spans]:
        return [alarm_line(self.words, row, self.now_ms, width)]
