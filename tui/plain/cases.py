"""Supplements and emergency departures (Art. 12) by questions and answers."""

from __future__ import annotations

from tui.plain.desk import WIDTH, Desk
from tui.plain.forms import fill
from tui.plain.talk import flat
from tui.rows.case_form import NOT_HERE, SUPPLEMENT, Deed, body, lines, stored
from tui.rows.cases import about_lines, case_line, case_tail
from tui.rows.emergency import NOTICE, emergency
from tui.rows.timeline import entry_lines
from tui.scans import put_scan
from tui.shapes import Case, CaseRow, Facts

LISTED = "200"


class CaseDesk:
    """What concerns cases, at a desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.talk, self.words, self.api = desk, desk.talk, desk.words, desk.api

    async def emergency(self) -> None:
        """Give notice of a departure that cannot wait; Enter all the way takes what is likeliest."""
        rows = (await self.desk.board())["vehicles"]["rows"]
        await self._form(NOTICE, None, emergency(self.words, rows, ""))

    async def supplements(self) -> None:
        """Every trip without an order, by the time that is left; then one of them, or a new one."""
        words, desk = self.words, self.desk
        self.talk.say(words("supplement.rests_on"))
        answer = await self.api.get(f"/cases/{SUPPLEMENT}", open="true", limit=LISTED)
        rows: list[CaseRow] = sorted(answer["rows"], key=lambda row: row["deadline_ms"] or 0)
        deeds = [Deed(SUPPLEMENT, act) for act in answer["openings"] if f"{SUPPLEMENT}.{act}" not in NOT_HERE]
        if not rows:
            self.talk.say(words("plain.none_open"))

        def told(row: CaseRow | None) -> str:
            if row is None:
                return words("key.new")
            return flat(case_line(words, row, desk.people, desk.now_ms, WIDTH))

        chosen = self.talk.choose([*rows, None], told, words("plain.which_case"))
        if chosen is not None:
            await self._open(await self.api.get(f"/cases/{SUPPLEMENT}/{chosen['id']}"))
        elif deed := self.talk.choose(deeds, lambda deed: words(f"act.{deed.key}"), words("plain.act")):
            await self._form(deed, None, {})

    async def _open(self, case: Case) -> None:
        words, desk = self.words, self.desk
        while True:
            state = words(f"case_state.{case['kind']}.{case['state']}")
            self.talk.say(f"{words('case.' + case['kind'])} {case_tail(case['id'])} {state}")
            self.talk.say_rows(about_lines(words, case, desk.people, desk.now_ms, WIDTH))
            for entry in case["timeline"]:
                self.talk.say_rows(entry_lines(words, entry, desk.people, desk.now_ms, WIDTH, kind=case["kind"]))
            deeds = [Deed(case["kind"], act) for act in case["moves"] if f"{case['kind']}.{act}" not in NOT_HERE]
            if not deeds:
                return
            deed = self.talk.choose(deeds, lambda deed: words(f"act.{deed.key}"), words("plain.act"))
            if deed is None:
                return
            await self._form(deed, case, {})
            case = await self.api.get(f"/cases/{case['kind']}/{case['id']}")

    async def _form(self, deed: Deed, case: Case | None, given: Facts) -> None:
        words, desk = self.words, self.desk
        data = (case["data"] | {"plate": case["plate"], "order": case["order"]} if case else {}) | given
        fields = lines(words, deed, await desk.known(), desk.now_ms, data)
        files = [field for field in fields if field.kind == "file" and field.name]

        async def send(values: dict[str, object]) -> Case:
            for field in files:
                if field.name in values:
                    values |= stored(deed, field.name, await put_scan(self.api, str(values[field.name]), field.words))
            path = f"/cases/{deed.kind}" + (f"/{case['id']}/acts/{deed.act}" if case else "")
            facts = body(deed, values) | ({} if case else {"act": deed.act})
            made: Case = await self.api.post(path, facts)
            return made

        done = await fill(self.talk, words(f"act.{deed.key}"), fields, send, desk.now_ms)
        if done is not None:
            state = words(f"case_state.{done['kind']}.{done['state']}")
            kind = words(f"case.{done['kind']}")
            self.talk.say(words("case.done", kind=kind, tail=case_tail(done["id"]), state=state))
