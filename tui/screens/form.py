"""A form of any length: its lines on the left, what the current one may say on the right, and one place to type.

Enter takes the line and goes to the next; Up and Down go without asking; a number or the beginning of a word picks an
option. The last line sends, F2 sends from anywhere. What was typed is kept until the node has stored it: after a
refusal, a lost node or Esc the form comes back as it was left, but for a PIN, which is never kept.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, Generic

from rich.cells import cell_len
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import ScreenResultType
from textual.widgets import Input

from tui import files
from tui.api import ApiError, Refused
from tui.cells import capital, clip, fit
from tui.rows.fields import Field, Option, Wrong, chosen, chosen_one, matching, parts, read, shown, sure, texts_of
from tui.screens.frame import BACK, Foot, Frame
from tui.widgets.entry import Entry
from tui.widgets.lines import Lines, Spans
from tui.widgets.told import Told

LABEL_CELLS = 18
"""Cells of a label at least; a longer one gets what it needs, but never more than three fifths of a line."""
LENGTH_MAX = 2000
PATHS = frozenset({"file", "path"})
SEND = Field(name="", words="", required=False)
"""The line below the last one."""


class FormScreen(Frame[ScreenResultType], Generic[ScreenResultType]):
    """Ends with what `send` returned, or with None. `send` is given what the lines say, as it is sent."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,ctrl+s", "send", "key.send"),
        Binding("f3", "afresh", "key.afresh"),
        Binding("up,shift+tab", "go(-1)", "key.field_before", priority=True),
        Binding("down,tab", "go(1)", "key.field_after", priority=True),
        Binding("pageup", "mark(-1)", "key.option_before"),
        Binding("pagedown", "mark(1)", "key.option_after"),
    ]
    FOOTER = (
        Foot("Enter", "key.next_field", "screen.enter"),
        Foot("Up/Down", "key.field", "screen.go(1)"),
        Foot("F2", "key.send", "screen.send"),
        BACK,
        Foot("F1", "key.help", "screen.help"),
    )

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        send: Callable[[dict[str, object]], Awaitable[ScreenResultType]],
        *,
        draft: str = "",
        about: str = "",
    ) -> None:
        """`draft` names what is kept of the form until it was sent; `about` is a sentence to read before filling in."""
        super().__init__()
        self._title, self._fields, self._send, self._draft, self._about = title, [*fields, SEND], send, draft, about
        self._texts: dict[str, str] = {}
        self._at = 0
        self._marked = 0
        self._busy = False

    def body(self) -> ComposeResult:
        with Horizontal(id="form-body"):
            yield Lines[Field](self._line, lambda field: field.name, id="fields")
            yield Lines[Option](self._option, lambda option: option.value, id="options")
        yield Entry(id="entry", compact=True, max_length=LENGTH_MAX, select_on_focus=False)
        yield Told()

    def on_mount(self) -> None:
        self._texts = texts_of(self._fields, self.console_app.kept.draft(self._draft))
        for panel in self.query("#fields, #options"):
            panel.add_class("panel")
            panel.can_focus = False
        self.query_one(Input).cursor_blink = False
        self.query_one("#fields", Lines).set_title(self._title)
        self.query_one("#fields", Lines).show(self._fields)
        self.query_one(Input).focus()
        if all(self._texts[field.name] or not field.required for field in self._fields):
            self._to(len(self._fields) - 1)  # nothing is missing: Enter sends
        else:
            self._show()
        draft = [self.words("form.draft")] if self.console_app.kept.draft(self._draft) else []
        if draft or self._about:
            self.tell([*draft, *([self._about] if self._about else [])])

    @property
    def field(self) -> Field:
        """The current line."""
        return self._fields[self._at]

    def action_go(self, step: int) -> None:
        self._take()
        self._to(self._at + step)

    def action_mark(self, step: int) -> None:
        options = self._options()
        if options and self.field.kind != "list":
            self._marked = max(0, min(self._marked + step, len(options) - 1))
            self._texts[self.field.name] = options[self._marked].value
            self._show()

    def action_enter(self) -> None:
        if self.field is SEND:
            self.action_send()
        elif self._take():
            self._to(self._at + 1)

    def action_send(self) -> None:
        self._take()
        body: dict[str, object] = {}
        for index, field in enumerate(self._fields[:-1]):
            try:
                value = read(field, self._texts[field.name], self.now_ms)
                if field.asks_tail:
                    sure(field, self._texts)
            except Wrong as wrong:
                self._to(index)
                self.tell([capital(self.words(f"form.wrong.{wrong.code}", **wrong.facts))])
                return
            if value is not None and not field.asks_tail:
                body[field.name] = value
        if not self._busy:
            self._busy = True
            self._do_send(body)

    def action_afresh(self) -> None:
        """Put what was typed aside, also what was kept of an earlier try."""
        self._texts = texts_of(self._fields, {})
        self.query_one(Input).value = ""
        self._at = 0
        self._to(0)

    def action_back(self) -> None:
        self._take()
        self._keep()
        self.leave()

    def tell(self, lines: list[str]) -> None:
        """Sentences below the place to type: why something cannot be sent."""
        self.query_one(Told).tell(lines)

    @on(Input.Submitted, "#entry")
    def entered(self) -> None:
        self.action_enter()

    @on(Input.Changed, "#entry")
    def typed(self) -> None:
        self._marked = 0
        self._show_options()

    @on(Lines.Moved, "#fields")
    def pointed(self) -> None:
        """A click on a line goes there."""
        selected: Field | None = self.query_one("#fields", Lines).selected
        if selected is not None and selected is not self.field and selected in self._fields:
            self._take()
            self._to(self._fields.index(selected))

    @work(group="send")
    async def _do_send(self, body: dict[str, object]) -> None:
        try:
            result = await self._send(body)
        except ApiError as error:
            self._forget_secrets()
            if isinstance(error, Refused):
                self._to_named(str(error.facts.get("field")))
            self.tell(self.console_app.told(error))
        except Wrong as wrong:
            self._to(
                next((at for at, field in enumerate(self._fields) if field.words == wrong.facts["field"]), self._at)
            )
            self.tell([capital(self.words(f"form.wrong.{wrong.code}", **wrong.facts))])
        else:
            self.console_app.kept.drop_draft(self._draft)
            self.leave(result)
        finally:
            self._busy = False

    def _to_named(self, name: str) -> None:
        """Go to the line a refusal is about, if it is one of these."""
        named = (at for at, field in enumerate(self._fields) if name in {field.name, field.name.partition(".")[2]})
        self._to(next(named, self._at))

    def _forget_secrets(self) -> None:
        for field in self._fields:
            if field.kind == "secret":
                self._texts[field.name] = ""
        self._show()

    def _keep(self) -> None:
        """Keep what was typed, but for secrets, and for what stood there by itself: that is found out anew."""
        kept = {
            field.name: self._texts[field.name]
            for field in self._fields
            if field.kind != "secret" and not field.asks_tail and self._texts[field.name] != field.given
        }
        if kept:
            self.console_app.kept.keep_draft(self._draft, kept)
        else:
            self.console_app.kept.drop_draft(self._draft)

    def _take(self) -> bool:
        """Put what was typed into the current line; False if a directory was chosen, which is gone into instead."""
        field, typed = self.field, self.query_one(Input).value
        if field is SEND:
            return True
        if field.kind == "list" and field.options:
            self._texts[field.name] = " ".join(chosen_one(field, part) for part in parts(typed))
            return True
        if field.options and not typed.strip():
            return True  # nothing typed keeps the option that stands
        if field.kind in PATHS:
            return self._take_path(typed)
        self._texts[field.name] = "" if typed.strip() == "-" and not field.required else chosen(field, typed)
        return True

    def _take_path(self, typed: str) -> bool:
        options = self._options()
        text = typed.strip()
        if text.isdigit() and 0 < int(text) <= len(options):
            text = options[int(text) - 1].value
        elif self.field.kind == "file" and text and not os.path.isfile(text) and options:  # noqa: PTH113
            text = options[0].value
        self._texts[self.field.name] = text
        if text.endswith("/"):
            self._show()
            return False
        return True

    def _to(self, index: int) -> None:
        self._keep()
        self._at = max(0, min(index, len(self._fields) - 1))
        self._marked = 0
        fields = self.query_one("#fields", Lines)
        fields.action_end(0)
        fields.action_move(self._at)
        self.tell([])
        self._show()

    def _show(self) -> None:
        """Everything about the current line: the place to type says what stands there, options what it may say."""
        field, entry = self.field, self.query_one(Input)
        text = self._texts.get(field.name, "")
        listed = bool(field.options) and field.kind != "list"
        entry.password = field.kind == "secret"
        with entry.prevent(Input.Changed):
            entry.value = "" if listed and not (field.free and text) else text
        entry.cursor_position = len(entry.value)
        if entry.value and text == field.given:
            entry.select_all()  # what stands there by itself gives way to what is typed
        entry.placeholder = shown(field, text) if listed else ""
        hint = "form.send_hint" if field is SEND else f"form.hint.{'tail' if field.asks_tail else field.kind}"
        title = field.words + ("  " if field.words else "") + self.words(hint)
        entry.border_title = Content(clip(capital(title), max(2, self.size.width - 6)))
        self.query_one("#fields", Lines).renew()
        self._show_options()

    def _show_options(self) -> None:
        options, panel = self._options(), self.query_one("#options", Lines)
        panel.set_title(self.words("form.options", n=len(options)) if options else self.words("form.no_options"))
        panel.show(options)

    def _options(self) -> list[Option]:
        field, typed = self.field, self.query_one(Input).value
        if field.kind in PATHS:
            written = self._texts.get(field.name, "") if typed.strip().isdigit() else typed
            return files.offered(written, files.folder(os.environ), files.SCANS if field.kind == "file" else ())
        if field.kind == "list":
            return list(field.options)
        return list(field.options) if field.free or typed.strip().isdigit() else matching(field.options, typed)

    def _line(self, field: Field, width: int) -> list[Spans]:
        here = field is self.field
        mark = ">" if here else " "
        if field is SEND:
            return [[(mark, ""), (self.words("form.send"), "typed" if here else "strong")]]
        text = self._texts.get(field.name, "")
        longest = max(cell_len(self._label(one)) for one in self._fields)
        cells = min(max(longest, LABEL_CELLS), width * 3 // 5)
        label = fit(self._label(field), cells)
        paint = "serious" if text and self._wrong(field, text) else "strong"
        return [
            [
                (mark, ""),
                (label, "typed" if here else "dim"),
                (" ", ""),
                (clip(shown(field, text), width - cells - 2), paint),
            ]
        ]

    def _label(self, field: Field) -> str:
        return field.words + ("" if field.required else self.words("form.optional"))

    def _wrong(self, field: Field, text: str) -> bool:
        try:
            read(field, text, self.now_ms)
            if field.asks_tail:
                sure(field, self._texts)
        except Wrong:
            return True
        return False

    def _option(self, option: Option, width: int) -> list[Spans]:
        options = self._options()
        number = next((n for n, other in enumerate(options, 1) if other.value == option.value), 0)
        if self.field.kind not in PATHS and not self.field.free:
            number = next((n for n, other in enumerate(self.field.options, 1) if other.value == option.value), number)
        stands = option.value == self._texts.get(self.field.name)
        return [[(f"{number:>2} ", "dim"), (clip(option.words, width - 3), "strong" if stands else "")]]
