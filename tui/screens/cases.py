"""Records of the regulation besides orders, as lists and one by one. One pair of screens serves every kind.

A list shows those with a deadline first, the nearest leading; `n` opens a new one, Enter an old one. A case shows what
it says and every act signed on it; the acts possible now are the node's word and stand in the footer with a digit each.
An act that asks for nothing is done at once, any other has its form; one that asks for the PIN asks each time (Art. 8).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from fleet.rules.cases import kind_of
from fleet.words import Words
from tui import files, known
from tui.api import Api, ApiError
from tui.rows.case_form import Deed, body, lines
from tui.rows.cases import about_lines, case_line, case_tail
from tui.rows.fields import Option, Wrong
from tui.rows.sealing import TELLS, batch_lines
from tui.rows.supplements import supplement_lines
from tui.rows.timeline import entry_lines
from tui.screens.choose import ChooseDialog
from tui.screens.form import FormScreen
from tui.screens.frame import BACK, HELP, FactsChanged, Foot, Frame, Placed
from tui.shapes import Case, CaseRow, Entry, Facts, VehicleRow
from tui.widgets.lines import Lines, Spans

NOT_HERE = frozenset({"check.record", "defect.acknowledge", "settlement.reconcile"})
"""Acts done elsewhere: drivers check and acknowledge at the kiosk, the ledger is compared on the money page."""
FILE_SIZE_MAX = 50 << 20
DIGITS = range(1, 10)


class Head(NamedTuple):
    """What a kind says of its cases before all else, and the facts that need not be said again below."""

    lines: Callable[[Words, CaseRow, Mapping[str, str], int, int], list[Spans]]
    tells: frozenset[str]


HEADS = {
    "sealing": Head(batch_lines, TELLS),
    "supplement": Head(supplement_lines, frozenset({"requested_ms", "endorsed_ms", "endorsed_by", "completed_ms"})),
}


class CaseActs(Placed[Any]):
    """For screens on which acts on cases begin."""

    @property
    def vehicles(self) -> list[VehicleRow]:
        """The vehicles as the board has them."""
        board = self.console_app.board
        return board["vehicles"]["rows"] if board else []

    def begin(self, deed: Deed, case: Case | None = None, given: Facts | None = None) -> None:
        """Do `deed` on a case, or open one with it: at once if it asks for nothing, else through its form. `given` goes
        into the form as if the case said so."""
        takes = kind_of(deed.kind).acts[deed.act]
        if case is not None and not takes.takes and not takes.pin:
            self._act(deed, case["id"], {})
        else:
            self._form(deed, case, given or {})

    def committed(self, case: Case | None) -> None:
        """After an act: say what the node has stored, and show it."""
        if case is None:
            return
        self.console_app.renew()
        state = self.words(f"case_state.{case['kind']}.{case['state']}")
        self.say(
            self.words("case.done", kind=self.words(f"case.{case['kind']}"), tail=case_tail(case["id"]), state=state)
        )
        self.show_case(case)

    def show_case(self, case: Case) -> None:
        """What this screen does with a case that was just acted on."""

    @work(exclusive=True, group="case")
    async def _form(self, deed: Deed, case: Case | None, given: Facts) -> None:
        try:
            options = await known.ask(self.api, self.words)
        except ApiError as error:
            self.trouble(error)
            return
        told = (case["data"] | {"plate": case["plate"], "order": case["order"]} if case else {}) | given
        fields = lines(self.words, deed, options, self.now_ms, told)

        async def send(values: dict[str, object]) -> Case:
            values |= await self._stored(values, [field.name for field in fields if field.kind == "file"])
            return await self._send(deed, case["id"] if case else "", body(deed, values))

        title = self.words("case.form", act=self.words(f"act.{deed.key}"), tail=case_tail(case["id"]) if case else "")
        about = self.words(f"about.{deed.key}") if f"about.{deed.key}" in self.words else ""
        draft = f"{deed.key}/{case['id'] if case else ''}"
        self.app.push_screen(FormScreen(title.strip(), fields, send, draft=draft, about=about), self.committed)

    @work(exclusive=True, group="case")
    async def _act(self, deed: Deed, case_id: str, facts: Facts) -> None:
        try:
            self.committed(await self._send(deed, case_id, facts))
        except ApiError as error:
            self.trouble(error)

    async def _send(self, deed: Deed, case_id: str, facts: Facts) -> Case:
        if case_id:
            made: Case = await self.api.post(f"/cases/{deed.kind}/{case_id}/acts/{deed.act}", facts)
        else:
            made = await self.api.post(f"/cases/{deed.kind}", facts | {"act": deed.act})
        return made

    async def _stored(self, values: dict[str, object], names: Iterable[str]) -> Facts:
        """Put the files that lines name by path, and name them by what they hold instead."""
        found: Facts = {}
        for name in names:
            if name in values:
                stored = await put_scan(self.api, str(values[name]), self.words(f"field.{name}"))
                found[name] = stored["name"]
                if name == "scan":
                    found |= {"scan_type": stored["type"], "scan_size": stored["size"]}
        return found


async def put_scan(api: Api, path: str, field: str) -> Facts:
    """Store a file of this machine at the node.

    Raises:
        Wrong: `file`, if it cannot be read or is no scan.
    """
    try:
        data = await asyncio.to_thread(files.read, path, FILE_SIZE_MAX)
    except OSError:
        raise Wrong("file", field=field, path=path) from None
    media_type = files.SCANS.get(files.ending(path))
    if media_type is None:
        raise Wrong("file", field=field, path=path)
    stored: Facts = await api.put_file("/blobs", data, media_type)
    return stored


class CasesScreen(CaseActs, Frame[None]):
    """A list of one or several kinds."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,f2", "new", "key.new"),
        Binding("o,f11", "ended", "key.ended"),
    ]
    FOOTER: ClassVar[tuple[Foot, ...]] = (
        Foot("n", "key.new", "screen.new"),
        Foot("Enter", "key.open", "screen.open"),
        Foot("o", "key.ended", "screen.ended"),
        BACK,
        HELP,
    )

    def __init__(self, kinds: Sequence[str], title: str, *, plate: str = "") -> None:
        """`title` is the catalogue's key for what the list is called; `plate` narrows it to one vehicle."""
        super().__init__()
        self._kinds, self._title, self._plate = kinds, title, plate
        self._open_only = True
        self._openings: list[Deed] = []

    def body(self) -> ComposeResult:
        yield Lines[CaseRow](self._case, lambda case: (case["kind"], case["id"]), id="cases")

    def on_mount(self) -> None:
        cases = self.query_one("#cases", Lines)
        cases.add_class("panel")
        cases.set_title(self.words(self._title))
        cases.focus()
        self._fetch()

    def action_new(self) -> None:
        if not self._openings:
            self.say(self.words("case.may_not_open"), paint="serious")
        elif len(self._openings) == 1:
            self.begin(self._openings[0], given=self._given())
        else:
            options = [Option(deed.key, self.words(f"act.{deed.key}")) for deed in self._openings]
            self.app.push_screen(ChooseDialog(self.words("case.which"), options), self._chosen)

    def action_ended(self) -> None:
        """Show those that have ended as well, or no longer."""
        self._open_only = not self._open_only
        self._fetch()

    def action_open(self) -> None:
        self.query_one("#cases", Lines).action_open()

    def show_case(self, case: Case) -> None:
        self._fetch()

    @on(Lines.Opened, "#cases")
    def opened(self, event: Lines.Opened) -> None:
        row: CaseRow = event.item  # type: ignore[assignment]
        self._show_one(row)

    @on(FactsChanged)
    def facts_changed(self, event: FactsChanged) -> None:
        if event.topics & {"cases", "orders"}:
            self._fetch()

    def _chosen(self, key: str | None) -> None:
        if key is not None:
            self.begin(Deed(*key.split(".", 1)), given=self._given())

    def _given(self) -> Facts:
        return {"plate": self._plate} if self._plate else {}

    @work(exclusive=True, group="fetch")
    async def _fetch(self) -> None:
        query = {"open": "true"} if self._open_only else {}
        query |= {"plate": self._plate} if self._plate else {}
        try:
            answers = await asyncio.gather(
                *(self.api.get(f"/cases/{kind}", **query, limit="200") for kind in self._kinds)
            )
        except ApiError as error:
            self.trouble(error)
            return
        if not self.here:
            return
        rows: list[CaseRow] = [row for answer in answers for row in answer["rows"]]
        rows.sort(
            key=lambda row: (row["deadline_ms"] is None or not row["open"], row["deadline_ms"] or 0, -row["since_ms"])
        )
        self._openings = [
            Deed(kind, act)
            for kind, answer in zip(self._kinds, answers, strict=True)
            for act in answer["openings"]
            if f"{kind}.{act}" not in NOT_HERE
        ]
        cases = self.query_one("#cases", Lines)
        title = self.words(self._title) + f" ({sum(answer['total'] for answer in answers)})"
        cases.set_title(f"{self._plate} {title}".strip())
        cases.show(rows, empty=self.words("cases.none_open" if self._open_only else "cases.none"))

    @work(exclusive=True, group="open")
    async def _show_one(self, row: CaseRow) -> None:
        try:
            case: Case = await self.api.get(f"/cases/{row['kind']}/{row['id']}")
        except ApiError as error:
            self.trouble(error)
        else:
            self.app.push_screen(CaseScreen(case))

    def _case(self, case: CaseRow, width: int) -> list[Spans]:
        return [case_line(self.words, case, self.console_app.people, self.now_ms, width)]


class CaseScreen(CaseActs, Frame[None]):
    """One case: what it says above, who did what below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(number), f"act({number - 1})", "key.case_act") for number in DIGITS),
        Binding("i,f11", "signatures", "key.signatures"),
    ]

    def __init__(self, case: Case) -> None:
        super().__init__()
        self._case = case
        self._signed = False

    def body(self) -> ComposeResult:
        yield Lines[str](self._about, lambda part: part, tall=True, pointer=False, id="about-case")
        yield Lines[Entry](self._entry, lambda entry: entry["record"], tall=True, id="timeline")

    def on_mount(self) -> None:
        for panel in self.query("#about-case, #timeline"):
            panel.add_class("panel")
        self._show()
        self.query_one("#timeline").focus()

    def footer(self) -> Iterable[Foot]:
        for number, act in zip(DIGITS, self._acts(), strict=False):
            yield Foot(str(number), f"act.{self._case['kind']}.{act}", f"screen.act({number - 1})")
        yield from (BACK, HELP)

    def action_act(self, index: int) -> None:
        acts = self._acts()
        if index < len(acts):
            self.begin(Deed(self._case["kind"], acts[index]), self._case)

    def action_signatures(self) -> None:
        """Show or hide the hash and the grade of time of each record."""
        self._signed = not self._signed
        self._show()

    def show_case(self, case: Case) -> None:
        self._case = case
        self._show()

    @on(FactsChanged)
    def facts_changed(self, event: FactsChanged) -> None:
        if event.topics & {"cases", "orders"}:
            self._fetch()

    @work(exclusive=True, group="renew")
    async def _fetch(self) -> None:
        try:
            self._case = await self.api.get(f"/cases/{self._case['kind']}/{self._case['id']}")
        except ApiError as error:
            self.trouble(error)
        else:
            if self.here:
                self._show()

    def _acts(self) -> list[str]:
        kind = self._case["kind"]
        return [act for act in self._case["moves"] if f"{kind}.{act}" not in NOT_HERE]

    def _show(self) -> None:
        case, words = self._case, self.words
        about, timeline = self.query_one("#about-case", Lines), self.query_one("#timeline", Lines)
        state = words(f"case_state.{case['kind']}.{case['state']}")
        subject = " ".join(part for part in (case["plate"], case["order"]) if part)
        title = f"{words('case.' + case['kind'])} {case_tail(case['id'])} {state}"
        about.set_title(f"{title}  {subject}".strip())
        about.show(["about"])
        timeline.set_title(words("order.timeline", n=len(case["timeline"])))
        timeline.show(case["timeline"], empty=words("order.timeline.empty"))
        self.renew_footer()

    def _about(self, part: str, width: int) -> list[Spans]:
        case, people, words, now_ms = self._case, self.console_app.people, self.words, self.now_ms
        head = HEADS.get(case["kind"])
        first = head.lines(words, case, people, now_ms, width) if head else []
        return first + about_lines(words, case, people, now_ms, width, but=head.tells if head else ())

    def _entry(self, entry: Entry, width: int) -> list[Spans]:
        case, people = self._case, self.console_app.people
        return entry_lines(self.words, entry, people, self.now_ms, width, kind=case["kind"], signed=self._signed)
