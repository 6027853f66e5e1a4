"""Facts about orders and cases, folded into a state: each in its place in causal order, and what a case says to orders
and to the register with it.

A fact that arrives late is put in its place, and its order or case folded anew. What a revoked node said after the
number given is struck: kept apart, and without effect.
"""

from __future__ import annotations

from collections.abc import Mapping

from fleet.ledger import changed_settings, kinds
from fleet.ledger.canonical import Value
from fleet.ledger.entries import Enacted, Place, Placed, Ruling, in_order
from fleet.ledger.hlc import wall_ms
from fleet.ledger.operation import Named
from fleet.ledger.state import State, node_subject
from fleet.rules import case as case_rule
from fleet.rules import setting
from fleet.rules.case import Case
from fleet.rules.cases import CASES
from fleet.rules.facts import Fact
from fleet.rules.order import Order, advance, fold


def step_act(state: State, named: Named) -> None:
    """Fold a fact about an order."""
    target, placed = named.operation.target, _placed(state, named)
    order_id = target.removeprefix(kinds.ORDERS)
    if _strikes(state, target, placed):
        state.orders.setdefault(order_id, Order(id=order_id))
        return
    acts = in_order(state.acts.get(order_id, ()), placed)
    state.acts[order_id] = acts
    if acts[-1] is placed:
        state.orders[order_id] = advance(state.orders.get(order_id) or Order(id=order_id), placed.fact)
    else:
        state.orders[order_id] = fold(order_id, (each.fact for each in acts))


def step_case(state: State, named: Named) -> None:
    """Fold a fact about a case as one about an order, and let the case say what it has to say to orders."""
    target, placed = named.operation.target, _placed(state, named)
    kind = CASES[kinds.KINDS[named.operation.kind].case]
    before = state.cases.get(target) or Case(id=target.removeprefix(kind.prefix), kind=kind.name)
    if _strikes(state, target, placed):
        state.cases[target] = before
        return
    acts = in_order(state.case_acts.get(target, ()), placed)
    if acts[-1] is placed:
        after = case_rule.advance(kind, before, placed.fact)
    else:
        after = case_rule.fold(kind, before.id, (each.fact for each in acts))
    _put_case(state, target, before, after, acts)


def step_ruling(state: State, subject: str, ruling: Ruling) -> None:
    """Write down what was ruled; what a node that it revokes said too late is struck."""
    state.rulings[subject] = in_order(state.rulings.get(subject, ()), ruling)
    if ruling.content["what"] == "revoke_node":
        _strike_out(state)


def _placed(state: State, named: Named) -> Placed:
    operation = named.operation
    fact = Fact(
        act=kinds.KINDS[operation.kind].act,
        by=operation.person or "",
        at_ms=wall_ms(operation.hlc),
        record=named.hash.hex(),
        detail=_particulars(operation.body),
        settings=changed_settings.known(state, operation),
    )
    return Placed(named.order, fact, receipt=operation.receipt)


def _particulars(body: Value) -> Mapping[str, Value]:
    """What an act says; the form a submission carries is the document's business."""
    return {name: value for name, value in body.items() if name != kinds.FORM} if isinstance(body, dict) else {}


def _put_case(state: State, target: str, before: Case, after: Case, acts: tuple[Placed, ...]) -> None:
    kind = CASES[after.kind]
    state.case_acts[target], state.cases[target] = acts, after
    if kind is setting.KIND:
        state.setting_acts[target] = acts
        state.in_force[""] = changed_settings.of(state.setting_acts)
    if kind.enacts:
        places = {act.fact.record: act.place for act in acts}
        _enact(state, target, kind.enacts(before), kind.enacts(after), places)
    said, says = case_rule.told(kind, before), case_rule.told(kind, after)
    if said != says:
        signed = {each.fact.record: each for each in acts}
        for order_id in sorted({told.order for told in (*said, *says)}):
            _tell(
                state,
                order_id,
                target,
                [
                    signed[told.fact.record]._replace(fact=told.fact, told_by=target)
                    for told in says
                    if told.order == order_id
                ],
            )


def _enact(
    state: State, target: str, was: Mapping[str, str], now: Mapping[str, str], places: Mapping[str, Place]
) -> None:
    """Put what a case makes the register say in the place of what it made it say before."""
    for key in was.keys() | now.keys():
        others = [each for each in state.enacted.get(key, ()) if each.case != target]
        if key in now:
            others.append(Enacted(places[state.cases[target].facts[-1].record], target, now[key]))
        state.enacted[key] = tuple(sorted(others))


def _tell(state: State, order_id: str, target: str, told: list[Placed]) -> None:
    """Put what a case says to an order in the place of what it said before."""
    acts = state.acts.get(order_id, ())
    own = tuple(each for each in acts if each.told_by != target)
    for placed in told:
        own = in_order(own, placed)
    state.acts[order_id] = own
    state.orders[order_id] = fold(order_id, (each.fact for each in own))


def _strikes(state: State, target: str, placed: Placed) -> bool:
    """Whether a revoked node said this after the number given: then it is kept apart and changes nothing."""
    if not state.rulings or not _too_late(state, placed):
        return False
    state.struck[target] = in_order(state.struck.get(target, ()), placed)
    return True


def _too_late(state: State, placed: Placed) -> bool:
    _, author, seq = placed.place
    return any(seq > ruling.content["after_seq"] for ruling in state.rulings.get(node_subject(author), ()))


def _strike_out(state: State) -> None:
    """Keep apart what was held already when its node was revoked, and fold anew what it was about."""
    for target in [*state.case_acts]:
        acts = state.case_acts[target]
        if late := [each for each in acts if _strikes(state, target, each)]:
            kept, before = tuple(each for each in acts if each not in late), state.cases[target]
            after = case_rule.fold(CASES[before.kind], before.id, (each.fact for each in kept))
            _put_case(state, target, before, after, kept)
    for order_id in [*state.acts]:
        acts = state.acts[order_id]
        own = [each for each in acts if not each.told_by]
        if late := [each for each in own if _strikes(state, kinds.ORDERS + order_id, each)]:
            state.acts[order_id] = kept = tuple(each for each in acts if each not in late)
            state.orders[order_id] = fold(order_id, (each.fact for each in kept))
