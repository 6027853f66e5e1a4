"""The second opinion on every other record: what the regulation says of it in plain steps, apart from the rules.

One function a kind of record: given where it stands and all that was accepted before, does an act take effect, and
where does it then stand? Bodies are taken as they are signed; of the rules' tables nothing is used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Body = dict[str, Any]
NEEDED: dict[str, set[str]] = {
    "minutes.record": {"type", "held_ms", "host", "topics", "attendees"},
    "minutes.make_up": {"person", "made_up_ms"},
    "accident.report": {"plate", "driver", "happened_ms", "place", "description", "injuries"},
    "accident.close": {"liability", "lessons"},
    "disposal.compile": {"plate", "way", "reason"},
    "disposal.approve": {"proposal"},
    "disposal.refuse": {"proposal", "reason"},
    "disposal.execute": {"document"},
    "ruling.propose": {"question", "ruling", "document", "effective_on", "reason"},
    "setting.propose": {"name", "value", "source", "reason"},
    "change.propose": {"entry", "reason"},
    **{f"{kind}.approve": {"proposal"} for kind in ("ruling", "setting", "change")},
    **{f"{kind}.refuse": {"proposal", "reason"} for kind in ("ruling", "setting", "change")},
    "confirmation.confirm": {"about", "reason"},
    "check.record": {"phase", "plate", "items"},
    "defect.report": {"plate", "item", "severity", "text"},
    "defect.repair": {"supplier"},
    "defect.clear": {"how"},
    "fault.notice": {"plate", "terminal", "what"},
    "fault.report": {"to"},
    "fault.await_part": {"part"},
    "fault.repair": {"by", "how"},
    "key.hand": {"plate", "from", "to"},
    "sealing.plan": {"name", "from_day", "to_day", "plates"},
    "sealing.send_back": {"reason"},
    "sealing.seal": {"plate", "place", "odometer_km", "fuel_quarters", "key_to", "witness"},
    "sealing.except": {"plate", "reason"},
    "sealing.unseal": {"plate", "odometer_km", "fuel_quarters"},
    "expense.request": {"plate", "type", "estimate_fen", "supplier", "why"},
    "expense.pay": {"plate", "type", "actual_fen", "done_ms"},
    "expense.approve": {"request"},
    "expense.send_back": {"request", "reason"},
    "expense.done": {"actual_fen", "done_ms"},
    "expense.enter": {"invoice", "amount_fen", "invoiced_on"},
    "expense.match": {"evidence"},
    "expense.withdraw": {"reason"},
    "handover.write": {"note"},
    "handover.take": {"record"},
    "settlement.settle": {"month", "hash"},
    "settlement.reconcile": {"hash", "ledger_hash"},
    "settlement.reopen": {"reason"},
    **{f"alarm.{act}": {"code", "from_ms", "grade", "rule"} for act in ("raise", "suspect")},
    **{f"alarm.{act}": {"from_ms", "grade", "rule"} for act in ("amend", "confirm")},
    "alarm.withdraw": {"because"},
    "alarm.explain": {"text"},
    "alarm.uphold": {"opinion"},
    "alarm.extend": {"expected_ms", "reason"},
}
"""What each act must say; one that is not here need say nothing."""
LOOKED_AT = {
    "before": "papers body glass tyres wheel_nuts spare lights indicators horn mirrors wipers oil coolant brake_fluid "
    "washer leaks brakes hand_brake steering belts fuel terminal radio extinguisher triangle first_aid tools",
    "during": "gauges noise leaks tyres brake_heat load",
    "after": "parked hand_brake switched_off locked damage tyres leaks fuel lost_property cleaned key_handed",
}
IN_THE_COLD = "antifreeze battery chains shovel tow_rope blankets water food"
NEVER_MINOR = [
    "brakes",
    "hand_brake",
    "steering",
    "tyres",
    "wheel_nuts",
    "lights",
    "wipers",
    "belts",
    "leaks",
    "papers",
]


ALARMS = {f"A{number:02}" for number in range(1, 34)}
VERDICTS: dict[str, dict[str, str]] = {
    "raise": {"": "open"},
    "suspect": {"": "provisional"},
    "confirm": {"provisional": "open", "explained": "explained"},
    "amend": {state: state for state in ("provisional", "open", "explained", "accepted", "upheld")},
}
"""What a node says of an alarm by its rules: from which state to which."""


@dataclass
class Record:
    """A record as the oracle sees it: where it stands, and each accepted act with who did it, oldest first."""

    state: str = ""
    said: list[tuple[str, str, Body]] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def by(self, *acts: str) -> set[str]:
        return {person for act, person, _ in self.said if act in acts}

    def last(self, *acts: str) -> Body:
        return next((body for act, _, body in reversed(self.said) if act in acts), {})

    def all(self, act: str) -> list[Body]:
        return [body for done, _, body in self.said if done == act]


def take(record: Record, kind: str, act: str, by: str, body: Body, at_ms: int, name: str) -> None:
    """Decide the next act on a record."""
    state = after(record, kind, act, by, body, at_ms)
    if state is None:
        record.refused.append(name)
        return
    record.state = state
    record.said.append((act, by, {**body, "name": name}))
    record.taken.append(name)


def after(record: Record, kind: str, act: str, by: str, body: Body, at_ms: int) -> str | None:
    """Where a record stands after an act; None if it does not take effect."""
    whole = NEEDED.get(f"{kind}.{act}", set()) <= set(body) and all(_says(value) for value in body.values())
    return DECIDE[kind](record, act, by, body, at_ms) if whole else None


def _says(value: object) -> bool:
    return not isinstance(value, str) or value.strip() == value != ""


def _day(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - a day is a day
    except ValueError:
        return False
    return True


def _local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC) + timedelta(hours=8)


def _minutes(record: Record, act: str, by: str, body: Body, at_ms: int) -> str | None:
    if act == "record":
        return "open" if record.state == "" and body["held_ms"] <= at_ms else None
    if record.state != "open":
        return None
    meeting, made_up = record.last("record"), {each["person"] for each in record.all("make_up")}
    if act == "sign":
        due = by in {*meeting["attendees"], *made_up} and by not in record.by("sign")
        return "open" if due else None
    if act == "make_up":
        return "open" if body["person"] in set(meeting.get("absent", ())) - made_up else None
    return "closed"


def _accident(record: Record, act: str, _by: str, _body: Body, _at_ms: int) -> str | None:
    stands = {"report": {"": "reported"}, "add": {"reported": "reported", "under_review": "under_review"}}
    stands |= {"review": {"reported": "under_review"}, "close": {"under_review": "closed"}}
    return stands[act].get(record.state)


def _disposal(record: Record, act: str, by: str, body: Body, _at_ms: int) -> str | None:
    if act == "compile":
        return "compiled" if record.state == "" else None
    if act == "execute":
        return "done" if record.state == "approved" else None
    if record.state != "compiled" or by in record.by("compile") or body["proposal"] != record.last("compile")["name"]:
        return None
    return "approved" if act == "approve" else "refused"


def _two_people(record: Record, act: str, by: str, body: Body) -> str | None:
    if act == "propose":
        return "proposed" if record.state == "" else None
    if record.state != "proposed":
        return None
    if act == "withdraw":
        return "withdrawn" if by in record.by("propose") else None
    if by in record.by("propose") or body["proposal"] != record.last("propose")["name"]:
        return None
    return "approved" if act == "approve" else "refused"


def _ruling(record: Record, act: str, by: str, body: Body, _at_ms: int) -> str | None:
    return None if act == "propose" and not _day(body["effective_on"]) else _two_people(record, act, by, body)


def _setting(record: Record, act: str, by: str, body: Body, _at_ms: int) -> str | None:
    if act == "propose":
        bounds = {"rest_h": (0, 24), "planned_lead_h": (0, 240), "supplement_deadline_h": (1, 24)}
        least, most = bounds[body["name"]]
        if not least <= body["value"] <= most or (body["source"] == "ruling" and not body.get("document")):
            return None
    return _two_people(record, act, by, body)


def _change(record: Record, act: str, by: str, body: Body, _at_ms: int) -> str | None:
    if act == "propose":
        thing, _, name = body["entry"].partition("/")
        if thing not in {"vehicle", "place", "person", "calendar"} or not name or "/" in name:
            return None
        if not body.get("sets") and not body.get("clears"):
            return None
        if thing != "vehicle" or not all(_fits(name, text) for name, text in body.get("sets", {}).items()):
            return None
    return _two_people(record, act, by, body)


def _fits(name: str, text: str) -> bool:
    return (name == "seats" and text.isdecimal() and 2 <= int(text) <= 60) or (name == "home" and bool(text))


def _confirmation(record: Record, _act: str, _by: str, _body: Body, _at_ms: int) -> str | None:
    return "confirmed" if record.state == "" else None


def _check(record: Record, _act: str, _by: str, body: Body, at_ms: int) -> str | None:
    asked, cold = LOOKED_AT[body["phase"]].split(), _local(at_ms).month in {10, 11, 12, 1, 2, 3, 4}
    asked += IN_THE_COLD.split() if cold and body["phase"] == "before" else []
    answered = all(body["items"].get(item) in {"ok", "defect", "na"} for item in asked)
    known = {item for text in (*LOOKED_AT.values(), IN_THE_COLD) for item in text.split()}
    return "recorded" if record.state == "" and answered and set(body["items"]) <= known else None


def _defect(record: Record, act: str, _by: str, body: Body, _at_ms: int) -> str | None:
    if act == "report":
        graver = body["item"] in NEVER_MINOR and body["severity"] != "blocking"
        return "open" if record.state == "" and not graver else None
    if act == "acknowledge":
        return record.state or None
    if act == "repair":
        return "in_repair" if record.state == "open" else None
    return "cleared" if record.state in {"open", "in_repair"} else None


def _fault(record: Record, act: str, _by: str, _body: Body, _at_ms: int) -> str | None:
    before = {
        "notice": {""},
        "report": {"noticed"},
        "await_part": {"reported"},
        "repair": {"reported", "awaiting_part"},
    }
    after = {"notice": "noticed", "report": "reported", "await_part": "awaiting_part", "repair": "repaired"}
    return after[act] if record.state in before[act] else None


def _key(record: Record, _act: str, _by: str, _body: Body, _at_ms: int) -> str | None:
    return "handed" if record.state == "" else None


def _sealing(record: Record, act: str, by: str, body: Body, at_ms: int) -> str | None:
    if act == "plan":
        days = _day(body["from_day"]) and _day(body["to_day"]) and body["from_day"] <= body["to_day"]
        both = set(body["plates"]) & set(body.get("duty", ()))
        return "planned" if record.state in {"", "sent_back"} and days and not both else None
    if act in {"approve", "send_back"}:
        decided = "approved" if act == "approve" else "sent_back"
        return decided if record.state == "planned" and by not in record.by("plan") else None
    if record.state != "approved":
        return None
    plan, is_sealed = record.last("plan"), dict[str, bool]()
    for done, _, said in record.said:
        if done in {"seal", "unseal"}:
            is_sealed[said["plate"]] = done == "seal"
    if act == "close":
        return None if any(is_sealed.values()) else "closed"
    plate = body["plate"]
    if act == "unseal":
        early = _local(at_ms).date().isoformat() <= plan["to_day"]
        let = any(said["plate"] == plate for said in record.all("except"))
        return "approved" if is_sealed.get(plate) and (not early or let) else None
    if plate not in plan["plates"] or (act == "seal" and is_sealed.get(plate)):
        return None
    return "approved"


def _expense(record: Record, act: str, by: str, body: Body, at_ms: int) -> str | None:
    state, asked = record.state, record.last("request", "pay")
    if act == "request":
        afterwards = body.get("done_ms")
        fits = afterwards is None or (body["type"] == "fuel" and afterwards <= at_ms)
        return "requested" if state in {"", "sent_back"} and fits else None
    if act == "pay":
        return "done" if state == "" and body["done_ms"] <= at_ms else None
    if act in {"approve", "send_back"}:
        if state != "requested" or by in record.by("request") or body["request"] != asked["name"]:
            return None
        return "approved" if act == "approve" else "sent_back"
    if act == "withdraw":
        return "withdrawn" if state in {"requested", "sent_back", "approved", "done"} else None
    fuel, measured = asked.get("type") == "fuel", any(body.get("ml") for _, _, body in record.said)
    if act == "done":
        paid = body["done_ms"] <= at_ms and (not fuel or body.get("ml"))
        return "done" if state == "approved" and paid else None
    if act == "enter":
        fits = by not in record.by("approve") and _day(body["invoiced_on"])
        known = not fuel or body.get("ml") or measured
        return "entered" if state in {"done", "entered", "matched"} and fits and known else None
    explained = body["evidence"] != "none" or body.get("reason")
    return "matched" if state == "entered" and explained else None


def _settlement(record: Record, act: str, by: str, body: Body, _at_ms: int) -> str | None:
    settled = record.last("settle")
    if act == "settle":
        same_month = not settled or settled["month"] == body["month"]
        real = len(body["month"]) == 7 and _day(body["month"] + "-01")
        return "settled" if record.state in {"", "reopened"} and same_month and real else None
    if act == "reopen":
        return "reopened" if record.state not in {"", "reopened"} else None
    if act == "reconcile":
        return "compared" if record.state in {"settled", "compared"} and body["hash"] == settled["hash"] else None
    if record.state != "compared" or by in record.by("reconcile") or by in settled.get("entered_by", ()):
        return None
    differs = bool(record.last("reconcile").get("difference_count"))
    return {("confirm", False): "reconciled", ("dispute", True): "difference"}.get((act, differs))


def _handover(record: Record, act: str, by: str, body: Body, _at_ms: int) -> str | None:
    writers = record.by("write")
    if act == "write":
        return "written" if record.state in {"", "written"} and writers <= {by} else None
    shown = record.state == "written" and body["record"] == record.last("write")["name"]
    return "taken" if shown and by not in writers else None


def _alarm(alarm: Record, act: str, by: str, body: Body, _at_ms: int) -> str | None:
    state = alarm.state
    if act in VERDICTS:
        known = body["grade"] in {"critical", "serious", "notice", "info"} and body.get("code", "A01") in ALARMS
        return VERDICTS[act].get(state) if known else None
    if act == "withdraw":
        return "withdrawn" if state not in {"", "withdrawn"} and body["because"] in {"superseded", "covered"} else None
    if act == "explain":
        return "explained" if state in {"provisional", "open", "explained", "upheld"} else None
    verdicts = [(done, said) for done, _, said in alarm.said if done in VERDICTS]
    if act == "extend":
        lasts = state in {"provisional", "open", "explained"}
        return state if lasts and verdicts[0][1]["code"] == "A14" else None
    ripe = state == "explained" or (act == "uphold" and state == "open")
    if not ripe or by in alarm.by("explain"):
        return None
    last, said = verdicts[-1]
    ends = {"accept": "accepted", "uphold": "upheld"}
    return ends[act] if last == "confirm" or not said.get("provisional") else None


DECIDE: dict[str, Callable[[Record, str, str, Body, int], str | None]] = {
    "minutes": _minutes, "accident": _accident, "disposal": _disposal, "ruling": _ruling, "setting": _setting,
    "change": _change, "confirmation": _confirmation, "check": _check, "defect": _defect, "fault": _fault, "key": _key,
    "sealing": _sealing, "expense": _expense, "settlement": _settlement,
    "handover": _handover, "alarm": _alarm,
}  # fmt: skip
