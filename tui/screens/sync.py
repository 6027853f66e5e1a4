"""The sync page: how records stand, links, queue, refusals, bundles; try now, write a bundle, take one in.

`t` has the node try at once and says what became of it, step by step, to an end: held by central, or why not. A bundle
is a file on the node's own machine: who is at another one is told so by the node.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, ClassVar

from textual import work
from textual.binding import Binding, BindingType

from tui.api import ApiError
from tui.node_shapes import Bundle, Status, SyncPage
from tui.rows.columns import named
from tui.rows.fields import Field, Option
from tui.rows.status import INDENT, amount, headed
from tui.rows.syncing import sync_parts
from tui.screens.form import FormScreen
from tui.screens.frame import BACK, HELP, Foot, Page
from tui.times import local
from tui.widgets.lines import Spans


class SyncScreen(Page):
    """A text to scroll through, fetched again whenever the node says that something changed."""

    TITLE = "room.sync"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t,f2", "try_now", "key.try_now"),
        Binding("e,f5", "export", "key.export"),
        Binding("i,f9", "take_in", "key.take_in"),
        Binding("y,f10", "back", "key.back"),
    ]
    FOOTER = (
        Foot("t", "key.try_now", "screen.try_now"),
        Foot("e", "key.export", "screen.export"),
        Foot("i", "key.take_in", "screen.take_in"),
        BACK,
        HELP,
    )

    def __init__(self) -> None:
        super().__init__()
        self._sync: SyncPage | None = None
        self._status: Status | None = None
        self._bundles: dict[str, Bundle] = {}
        self._asked_ms: int | None = None

    def action_try_now(self) -> None:
        self.say(self.words("sync.try.asking"))
        self._try_now()

    def action_export(self) -> None:
        """Write a bundle for central."""
        page, everything = self._sync, self.words("yes.yes")
        unit = self.console_app.board["unit"]["code"] if self.console_app.board else "unit"
        name = f"~/ortoo-{unit}-{local(self.now_ms):%m%d-%H%M}.bundle"
        about = self.words(
            "bundle.about.out", n=page["records"] if page else 0, size=amount(page["size"]) if page else "-"
        )
        fields = [
            Field(name="file", words=self.words("bundle.file"), kind="path", given=name),
            Field(
                name="all",
                words=self.words("bundle.all"),
                kind="tick",
                required=False,
                options=(Option("yes", everything),),
            ),
        ]
        self._carry("bundle.title.out", fields, "/bundles/export", about)

    def action_take_in(self) -> None:
        """Take a bundle in."""
        fields = [Field(name="file", words=self.words("bundle.file"), kind="path")]
        self._carry("bundle.title.in", fields, "/bundles/import", self.words("bundle.about.in"))

    def _carry(self, title: str, fields: list[Field], path: str, about: str) -> None:
        async def send(values: dict[str, object]) -> Bundle:
            whole = await asyncio.to_thread(lambda: str(Path(str(values["file"])).expanduser().absolute()))
            done: Bundle = await self.api.post(path, values | {"file": whole})
            return done

        self.app.push_screen(FormScreen(self.words(title), fields, send, about=about), self._carried)

    def _carried(self, bundle: Bundle | None) -> None:
        if bundle is None:
            return
        records = sum(run["operations"] for run in bundle["runs"])
        way = bundle["way"]
        self.say(self.words(f"bundle.done.{way}", n=records, size=amount(bundle["size"]), stored=bundle["stored"]))
        self.fetch()

    @work(exclusive=True, group="try")
    async def _try_now(self) -> None:
        try:
            page: SyncPage = await self.api.get("/sync")
            if not page["ways"]:
                self.say(self.words("sync.try.no_way"), paint="serious")
                return
            self._asked_ms = max((way["tried_ms"] or 0 for way in page["ways"]), default=0)
            await self.api.try_sync()
        except ApiError as error:
            self.trouble(error)
        else:
            self.say(self.words("sync.try.trying"))
            self.fetch()

    async def ask(self) -> None:
        self._sync, self._status, self._bundles = await asyncio.gather(
            self.api.get("/sync"), self.api.status(), self.api.get("/bundles")
        )

    def show_facts(self) -> None:
        self._tell_try()
        super().show_facts()

    def _tell_try(self) -> None:
        """What became of the try that was asked for, once it has come to its end."""
        page = self._sync
        way: Any = next((one for one in page["ways"] if one["in_use"]), None) if page else None
        if self._asked_ms is None or way is None or page is None or (way["tried_ms"] or 0) <= self._asked_ms:
            return
        self._asked_ms = None
        if way["last_error"]:
            error = named(self.words, "link.error", way["last_error"])
            self.say(self.words("sync.try.failed", error=error), paint="serious")
        elif page["records"]:
            self.say(self.words("sync.try.left", n=page["records"]))
        else:
            self.say(self.words("sync.try.done"))

    def page(self, width: int) -> list[Spans]:
        if self._sync is None or self._status is None:
            return []
        board = self.console_app.board
        known, bundles = board["sync"] if board else None, self._bundles
        parts = sync_parts(self.words, self._sync, self._status, known, bundles, self.now_ms, width - INDENT)
        return headed(self.words, "status.part", parts)
