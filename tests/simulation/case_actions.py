"""What people do with cases in one step: supplements, changes of the register, voiding; through the real desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleet.desk.numbering import next_number
from fleet.ledger.replica import Statement
from fleet.rules.alarm.life import KIND
from fleet.rules.case import may
from fleet.rules.cases import CASES
from tests.simulation import actions, people
from tests.simulation.host import Host

if TYPE_CHECKING:
    from tests.simulation.world import World

ALARM = KIND.name
OPENED = ("supplement", "change", "void", "setting")
KINDS = (*OPENED, ALARM)
OPEN_CASES_MAX = 12


def open_a_case(world: World) -> None:
    """Someone with the role for it opens a case."""
    kind = CASES[world.chance.choice(OPENED)]
    act = world.chance.choice(kind.openings)
    node, person = actions.someone(world, str(world.chance.choice(sorted(kind.acts[act].roles))))
    if sum(case.state not in CASES[case.kind].ended for case in node.replica.state.cases.values()) >= OPEN_CASES_MAX:
        return
    given = _particulars(world, node, f"{kind.name}.{act}")
    actions.ask(world, node, f"open {kind.name}", lambda: node.cases.open(person.signer, kind.name, given, act=act))


def raise_an_alarm(world: World) -> None:
    """A node's rules have seen something, for certain or for now."""
    node, kind = actions.a_node(world), CASES[ALARM]
    act = world.chance.choice(kind.openings)
    taken = {target.removeprefix(kind.prefix) for target in node.replica.state.cases if target.startswith(kind.prefix)}
    if len(taken) < OPEN_CASES_MAX:
        _state(world, node, f"{ALARM}.{act}", kind.prefix + next_number(node.author, taken.__contains__))


def go_on_with_a_case(world: World) -> None:
    """Someone tries an act on a case: mostly one its state allows, mostly someone who may."""
    node, chance = actions.a_node(world), world.chance
    cases = [case for case in node.replica.state.cases.values() if case.kind in KINDS]
    if not cases:
        return
    case = chance.choice(sorted(cases, key=lambda case: (case.kind, case.id)))
    kind = CASES[case.kind]
    legal = [act for act in kind.acts if (case.state, act) in kind.moves]
    act = chance.choice(legal if legal and chance.random() < 0.9 else [*kind.acts])
    if not kind.acts[act].roles:
        _state(world, node, f"{kind.name}.{act}", kind.prefix + case.id)
        return
    everyone = [person for person in world.people[node.unit].values() if person.id in node.replica.state.people]
    fit = [person for person in everyone if may(kind, act, frozenset(person.roles))]
    if not everyone:
        return
    person = chance.choice(fit if fit and chance.random() < 0.9 else everyone)
    given = _particulars(world, node, f"{kind.name}.{act}")
    actions.ask(
        world, node, f"{kind.name} {act}", lambda: node.cases.act(person.signer, kind.name, case.id, act, given)
    )


def _state(world: World, node: Host, what: str, target: str) -> None:
    """What the node says by itself."""
    statement = Statement(what, target, dict(_particulars(world, node, what)))  # type: ignore[arg-type]
    actions.ask(world, node, what, lambda: node.replica.write([statement]))


def _particulars(world: World, node: Host, what: str) -> dict[str, object]:
    chance, now_ms = world.chance, node.clock.now_ms()
    if what == "supplement.complete":
        begun_ms = now_ms - 5 * 3_600_000
        running = chance.random() < 0.3
        form = people.application(chance, now_ms) | {"cls": "study"}
        return {
            "scan": "5" * 64, "scan_type": "application/pdf", "scan_size": chance.choice((9, 9, 9, 11 << 20)),
            "seal_visible": True, "endorser": "Approver", "endorsed_on": "2026-10-01", "form": form,
            "vehicle": f"NM-{chance.randrange(5)}", "driver": f"driver-{chance.randrange(1, 4)}",
            "departed_ms": begun_ms, "odometer_out_km": 1000,
        } | ({} if running else {"back_ms": begun_ms + 3_600_000, "odometer_in_km": 1100})  # fmt: skip
    verdict: dict[str, object] = {
        "from_ms": now_ms - chance.randrange(3_600_000), "facts": {"moved_m": str(chance.randrange(1_000))},
        "grade": chance.choice(("serious", "notice", "notice", "grave")), "rule": 1,
    }  # fmt: skip
    first = verdict | {"code": chance.choice(("A01", "A14", "A14")), "plate": f"NM-{chance.randrange(5)}"}
    entry = people.vehicle(chance)
    orders = sorted(node.replica.state.orders)
    given: dict[str, dict[str, object]] = {
        "supplement.request": {
            "cause": "no_prior_order", "why": "Fire", "facts": "At night", "plate": f"NM-{chance.randrange(5)}",
            "ended_ms": now_ms, "ended_by": "back",
        },
        "supplement.notice": {
            "what": "Fire", "rider": "Bayar", "plate": "NM-1", "driver": "driver-1", "started_ms": now_ms,
        },
        "change.propose": {
            "entry": f"vehicle/{entry['plate']}", "reason": "New",
            "sets": {name: str(value) for name, value in entry.items() if name != "plate" and value},
        },
        "setting.propose": {
            "name": chance.choice(("planned_lead_h", "rest_h")), "value": chance.randrange(24), "source": "local",
            "reason": "So it is better",
        },
        "void.propose": {"order": chance.choice(orders) if orders else "1-99999", "reason": "Twice"},
        "alarm.raise": first, "alarm.suspect": first | {"provisional": True}, "alarm.confirm": verdict,
        "alarm.amend": verdict | ({"provisional": True} if chance.random() < 0.2 else {}),
        "alarm.withdraw": {"because": chance.choice(("superseded", "covered"))},
        "alarm.explain": {"text": "The road was flooded"}, "alarm.accept": {}, "alarm.uphold": {"opinion": "No order"},
        "alarm.extend": {"expected_ms": now_ms + 3_600_000, "reason": "Snow"},
        "supplement.endorse": {}, "change.approve": {}, "void.approve": {}, "change.withdraw": {}, "void.withdraw": {},
        "setting.approve": {}, "setting.withdraw": {},
    }  # fmt: skip
    return given.get(what, {"reason": chance.choice(("Not so", "Rain"))})
