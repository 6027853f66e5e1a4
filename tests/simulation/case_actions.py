"""What people do with cases in one step: supplements, changes of the register, voiding; through the real desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleet.rules.case import may
from fleet.rules.cases import CASES
from tests.simulation import actions, people
from tests.simulation.host import Host

if TYPE_CHECKING:
    from tests.simulation.world import World

KINDS = ("supplement", "change", "void", "setting")
OPEN_CASES_MAX = 12


def open_a_case(world: World) -> None:
    """Someone with the role for it opens a case."""
    kind = CASES[world.chance.choice(KINDS)]
    act = world.chance.choice(kind.openings)
    node, person = actions.someone(world, str(world.chance.choice(sorted(kind.acts[act].roles))))
    if sum(case.state not in CASES[case.kind].ended for case in node.replica.state.cases.values()) >= OPEN_CASES_MAX:
        return
    given = _particulars(world, node, f"{kind.name}.{act}")
    actions.ask(world, node, f"open {kind.name}", lambda: node.cases.open(person.signer, kind.name, given, act=act))


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
    everyone = [person for person in world.people[node.unit].values() if person.id in node.replica.state.people]
    fit = [person for person in everyone if may(kind, act, frozenset(person.roles))]
    if not everyone:
        return
    person = chance.choice(fit if fit and chance.random() < 0.9 else everyone)
    given = _particulars(world, node, f"{kind.name}.{act}")
    actions.ask(
        world, node, f"{kind.name} {act}", lambda: node.cases.act(person.signer, kind.name, case.id, act, given)
    )


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
        "supplement.endorse": {}, "change.approve": {}, "void.approve": {}, "change.withdraw": {}, "void.withdraw": {},
        "setting.approve": {}, "setting.withdraw": {},
    }  # fmt: skip
    return given.get(what, {"reason": chance.choice(("Not so", "Rain"))})
