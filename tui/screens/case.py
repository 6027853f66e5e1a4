"""One record of the regulation besides orders: what it says above, who did what below. One screen serves every kind.

The acts possible now are the node's word and stand in the footer with a digit each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from fleet.words import Words
from tui.rows.case_form import NOT_HERE, Deed, by_others
from tui.rows.cases import about_lines, case_tail
from tui.rows.fields import Option
from tui.rows.sealing import TELLS, batch_lines
from tui.rows.supplements import supplement_lines
from tui.rows.timeline import entry_lines
from tui.screens.case_acts import CaseActs
from tui.screens.choose import ChooseDialog
from tui.screens.frame import BACK, HELP, Fetching, Foot
from tui.shapes import Case, CaseRow, Entry
from tui.widgets.lines import Lines, Spans

DIGITS = range(1, 10)


class Head(NamedTuple):
    """What a kind says of its cases before all else, and the facts that need not be said again below."""

    lines: Callable[[Words, CaseRow, Mapping[str, str], int, int], list[Spans]]
    tells: frozenset[str]


HEADS = {
    "sealing": Head(batch_lines, TELLS),
    "supplement": Head(supplement_lines, frozenset({"requested_ms", "endorsed_ms", "endorsed_by", "completed_ms"})),
}


class CaseScreen(CaseActs, Fetching[None]):
    """One case."""

    TOPICS = frozenset({"cases", "orders"})
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(number), f"act({number - 1})", "key.case_act") for number in DIGITS),
        Binding("i,f11", "signatures", "key.signatures"),
        Binding("w,f9", "other", "key.other_signs"),
    ]

    def __init__(self, case: Case) -> None:
        super().__init__()
        self._case = case
        self._signed = False

    def body(self) -> ComposeResult:
        yield Lines[str](self._about, lambda part: part, tall=True, pointer=False, classes="panel", id="about-case")
        yield Lines[Entry](self._entry, lambda entry: entry["record"], tall=True, classes="panel", id="timeline")

    def on_mount(self) -> None:
        self.show_facts()
        self.query_one("#timeline").focus()

    def footer(self) -> Iterable[Foot]:
        for number, act in zip(DIGITS, self._acts(), strict=False):
            yield Foot(str(number), f"act.{self._case['kind']}.{act}", f"screen.act({number - 1})")
        if by_others(self._case, self._case["moves"]):
            yield Foot("w", "key.other_signs", "screen.other")
        yield from (BACK, HELP)

    def action_act(self, index: int) -> None:
        acts = self._acts()
        if index < len(acts):
            self.begin(Deed(self._case["kind"], acts[index]), self._case)

    def action_other(self) -> None:
        """Somebody else decides here, with a PIN of his own: what two people do needs no second console."""
        deeds = by_others(self._case, self._case["moves"])
        if len(deeds) == 1:
            self.begin_for_other(deeds[0], self._case)
        elif deeds:
            options = [Option(deed.act, self.words(f"act.{deed.key}")) for deed in deeds]
            self.app.push_screen(ChooseDialog(self.words("case.which"), options), self._other)
        else:
            self.say(self.words("case.nobody_else"))

    def _other(self, act: str | None) -> None:
        if act is not None:
            self.begin_for_other(Deed(self._case["kind"], act), self._case)

    def action_signatures(self) -> None:
        """Show or hide the hash and the grade of time of each record."""
        self._signed = not self._signed
        self.show_facts()

    def show_case(self, case: Case) -> None:
        self._case = case
        self.show_facts()

    async def ask(self) -> None:
        self._case = await self.api.get(f"/cases/{self._case['kind']}/{self._case['id']}")

    def _acts(self) -> list[str]:
        kind = self._case["kind"]
        return [act for act in self._case["moves"] if f"{kind}.{act}" not in NOT_HERE]

    def show_facts(self) -> None:
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
