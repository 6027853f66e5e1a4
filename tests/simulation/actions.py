"""What may happen in one step: people at their desks, machines calling each other, and faults.

People act through the real desk with their real keys. What the desk refuses is counted by its code and forgotten, as a
person would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleet.desk.register import register
from fleet.errors import FleetError, NotFound, NotTrusted, Unavailable
from fleet.ledger import kinds
from fleet.ledger.canonical import Value
from fleet.ledger.replica import Statement
from fleet.rules.order import ENDED, HOLDS_VEHICLE, Act, Seen
from tests.simulation import forger, people
from tests.simulation import insider as insiders
from tests.simulation.disk import PowerCut
from tests.simulation.host import Host
from tests.simulation.people import Person

if TYPE_CHECKING:
    from tests.simulation.world import World

CONVERSATIONS_MAX = 6
OPEN_ORDERS_MAX = 12
DAY_MS = 86_400_000


def apply(world: World) -> None:
    """Someone applies for a trip, or submits again what was sent back."""
    node, person = someone(world, "applicant")
    orders = node.replica.state.orders
    back = sorted(order.id for order in orders.values() if order.state == "sent_back" and order.applicant == person.id)
    again = world.chance.choice(back) if back and world.chance.random() < 0.7 else ""
    if not again and sum(order.state not in ENDED for order in orders.values()) >= OPEN_ORDERS_MAX:
        return
    form = people.application(world.chance, node.clock.now_ms())
    why = world.chance.choice(("", "The road is open again"))
    ask(world, node, "submit", lambda: node.desk.submit(person.signer, form, order_id=again, explanation=why))


def do_something_legal(world: World) -> None:
    """Someone does to an order what its state and their role allow here and now."""
    node = a_node(world)
    orders = sorted(order.id for order in node.replica.state.orders.values() if order.state not in ENDED)
    if not orders:
        return
    order_id = world.chance.choice(orders)
    known = [person for person in world.people[node.unit].values() if person.id in node.replica.state.people]
    options = [(person, act) for person in known for act in node.desk.moves(person.id, order_id) if act != Act.SUBMIT]
    if not options:
        return
    person, act = world.chance.choice(options)
    given = _particulars(world, node, order_id, act)
    ask(world, node, f"legal {act}", lambda: node.desk.act(person.signer, order_id, act, given))


def do_anything(world: World) -> None:
    """Someone tries any act on any order, with whatever comes to hand."""
    node, person = someone(world)
    order_id = world.chance.choice([*sorted(node.replica.state.orders), "1-99999"])
    act = world.chance.choice([*Act])
    given = _particulars(world, node, order_id, act) if world.chance.random() < 0.9 else {"reason": ""}
    ask(world, node, f"any {act}", lambda: node.desk.act(person.signer, order_id, act, given))


def sight_a_vehicle(world: World) -> None:
    """A node states where a vehicle's terminal was heard."""
    node, chance = a_node(world), world.chance
    particulars = {"time_ms": node.clock.now_ms() - chance.randrange(60_000), "lat_e6": chance.randrange(49_000_000)}
    particulars |= {"lon_e6": 119_000_000, "speed_kmh_e1": 0, "course": 0}
    statement = Statement(kinds.VEHICLE_SEEN, f"vehicle/NM-{chance.randrange(5)}", {**particulars, "order": ""})
    ask(world, node, "seen", lambda: node.replica.write([statement]))


def see_a_trip(world: World) -> None:
    """A node states what a track shows of an order, whether or not its state leaves that to be seen."""
    node = a_node(world)
    orders = sorted(order.id for order in node.replica.state.orders.values() if order.state in HOLDS_VEHICLE)
    if orders:
        kind = f"order.{world.chance.choice([*Seen])}"
        body: dict[str, Value] = {"seen_ms": node.clock.now_ms()}
        statement = Statement(kind, kinds.ORDERS + world.chance.choice(orders), body)
        ask(world, node, "seen trip", lambda: node.replica.write([statement]))


def register_a_vehicle(world: World) -> None:
    """An admin, or someone who is none, changes the register."""
    node, person = someone(world, "admin")
    entry = people.vehicle(world.chance)
    ask(world, node, "register", lambda: register(node.replica, person.signer, entry))


def enrol_someone(world: World) -> None:
    """A person's certificate is written at a node, perhaps one where it stands already."""
    node = a_node(world)
    enrol(world, node, world.chance.choice([*world.people[node.unit].values()]))


def enrol(world: World, node: Host, person: Person) -> None:
    """Write a person's certificate into a node's log."""
    statement = Statement(kinds.PERSON_ENROL, f"person/{person.id}", person.certificate)
    ask(world, node, "enrol", lambda: node.replica.write([statement]))


def call_central(world: World) -> None:
    """A node calls central."""
    _call(world, a_node(world), world.central)


def call_the_other_node(world: World) -> None:
    """A node calls another of its unit."""
    node = a_node(world)
    others = [other for other in world.desks if other.unit == node.unit and other is not node]
    if others:
        _call(world, node, world.chance.choice(others))


def let_time_pass(world: World) -> None:
    """Hours go by."""
    world.pass_ms(world.chance.randrange(3 * 3_600_000))


def cut_the_power(world: World) -> None:
    """A machine loses its power between two commits."""
    world.power_cut(a_host(world))


def let_things_rest(world: World) -> None:
    """A machine makes a checkpoint: what has ended leaves its memory."""
    host = a_host(world)
    before = sum(len(disk.archive) for disk in host.disks.values())
    try:
        for replica in [*host.replicas.values()]:
            replica.checkpoint()
    except PowerCut as cut:
        world.struck(cut)
        return
    after = sum(len(disk.archive) for disk in host.disks.values())
    world.count["checkpoints"] += 1
    world.count["orders at rest"] += max(0, after - before)
    world.count["orders woken"] += max(0, before - after)


def part(world: World) -> None:
    """A link is down for a while: minutes, or a month."""
    pair = frozenset(host.name for host in world.chance.sample(world.hosts, 2))
    ms = world.chance.choice((60_000, 3_600_000, DAY_MS, 30 * DAY_MS))
    world.count["months apart"] += ms == 30 * DAY_MS
    world.partition(pair, ms)


def let_weeks_pass(world: World) -> None:
    """Nothing is done for up to three weeks."""
    world.pass_ms(world.chance.randrange(21 * DAY_MS))
    world.count["weeks passed"] += 1


def set_a_clock(world: World) -> None:
    """A clock jumps by hours or by more than a year, either way; or it stops."""
    clock, chance = a_host(world).clock, world.chance
    what = chance.choice(("clock jumps", "clock jumps", "clocks a year off", "clocks stuck"))
    match what:
        case "clock jumps":
            clock.set(chance.randrange(-6 * 3_600_000, 6 * 3_600_000))
        case "clocks a year off":
            clock.set(chance.choice((-1, 1)) * chance.randrange(300 * DAY_MS, 400 * DAY_MS))
        case _:
            clock.stick()
    world.count[what] += 1


def replay_a_line(world: World) -> None:
    """Someone plays an old conversation to the machine that heard it."""
    if world.transcripts:
        host, unit, heard = world.chance.choice(world.transcripts)
        try:
            world.replay(host, unit, heard)
        except PowerCut as cut:
            world.struck(cut)


def write_carelessly(world: World) -> None:
    """Node 2 runs a program that forgot to judge."""
    node = world.nodes[1]
    if node.cold:
        return  # it forgot to judge, not where it stands
    try:
        forger.careless(node, world.people[node.unit], world.chance, world.record.malformed)
    except PowerCut as cut:
        world.struck(cut)
        return
    world.promise(node)
    world.count["careless writes"] += 1


def let_the_insider_write(world: World) -> None:
    """Whoever holds a node's key and thinks of nothing but harm puts something into that node's log."""
    insider = world.insider
    assert insider is not None
    theirs = world.people[insider.unit]
    if trick := insiders.write(insider, theirs, world.chance, world.record):
        world.count[f"insider: {trick}"] += 1
        world.note(trick)


def let_the_insider_call(world: World) -> None:
    """The insider's node calls central or another of its unit, as any node would."""
    insider = world.insider
    assert insider is not None
    others = [node for node in world.nodes if node.unit == insider.unit]
    _call(world, insider, world.chance.choice([world.central, *others]))


def call_a_stranger(world: World) -> None:
    """A node speaks to central about a unit that is not its own."""
    node = a_node(world)
    others = [unit for unit in world.central.disks if unit != node.unit]
    if not others:
        return
    end, theirs = node.speak(node.unit), world.central.speak(others[0])
    try:
        theirs.receive(end.outgoing(1 << 20), now_ms=world.central.clock.now_ms())
    except NotTrusted as refused:
        world.count["strangers refused"] += 1
        world.note(refused.code)


def ask(world: World, node: Host, what: str, call: object) -> None:
    """Call the desk, and remember what it answered."""
    assert callable(call)
    try:
        call()
    except Unavailable:
        raise
    except FleetError as refused:
        world.count["refused acts"] += 1
        world.count[f"refused {refused.code}"] += 1
        world.note(what, refused.code)
    except PowerCut as cut:
        world.struck(cut)
    else:
        world.count["acts"] += 1
        world.note(what)
        world.promise(node)


def _particulars(world: World, node: Host, order_id: str, act: Act) -> dict[str, object]:
    chance = world.chance
    odometer_km = 1000 + world.steps * 10 - chance.choice((0, 0, 0, 0, 300))
    if act == Act.DISPATCH:
        return _choice(world, node, order_id)
    given: dict[Act, dict[str, object]] = {
        Act.APPROVE: {"opinion": "Agreed", "urgency": chance.choice(("", "", 0, 1, 2))},
        Act.SEND_BACK: {"reason": "Share a vehicle"},
        Act.CANCEL: {"reason": chance.choice(("No longer needed", "Plans changed", "Rain", " "))},
        Act.UNMET: {"reason": "Nothing free"},
        Act.RECALL: {"reason": "Breakdown"},
        Act.DEPART: {"odometer_km": odometer_km},
        Act.RETURN: {"odometer_km": odometer_km},
        Act.CLOSE: {"receipts": chance.choice(("none", "attached", "lost"))},
    }
    return given.get(act, {})


def _choice(world: World, node: Host, order_id: str) -> dict[str, object]:
    chance = world.chance
    try:
        offers, _ = node.desk.offers(order_id)
    except NotFound:
        offers = []
    if offers and chance.random() < 0.9:
        offer = chance.choice(offers)
        return {"vehicle": offer.vehicle.plate, "driver": offer.driver.id, "why": chance.choice(("", "It is washed"))}
    if lost := _takeable(node, order_id):
        return lost
    if chance.random() < 0.3:
        rented = {"vehicle": "NM-R7", "supplier": "Steppe Rental", "price_basis": chance.choice(("", "Contract 7"))}
        return {**rented, "driver": f"driver-{chance.randrange(1, 4)}"}
    return {"vehicle": f"NM-{chance.randrange(5)}", "driver": f"driver-{chance.randrange(1, 4)}"}


def _takeable(node: Host, order_id: str) -> dict[str, object]:
    """What a sudden event may take from another order, if there is anything."""
    try:
        found = node.desk.takeable(order_id)
    except NotFound:
        return {}
    if not found:
        return {}
    booking, offer = found[0]
    chosen: dict[str, object] = {"vehicle": offer.vehicle.plate, "driver": offer.driver.id}
    return chosen | {"preempts": booking.order.id, "why": "Fire on the steppe"}


def _call(world: World, first: Host, second: Host) -> None:
    if world.parted(first, second) or len(world.conversations) >= CONVERSATIONS_MAX:
        return
    budget = world.chance.choice((600, 6_000, 1 << 20))
    world.call(first, second, first.unit, world.plan.weather, budget)


def a_node(world: World) -> Host:
    return world.chance.choice(world.desks)


def a_host(world: World) -> Host:
    return world.chance.choice(world.hosts)


def someone(world: World, role: str = "") -> tuple[Host, Person]:
    """Anyone of a node's unit; mostly one who holds `role` and is known there, if there is one."""
    node = a_node(world)
    everyone = [*world.people[node.unit].values()]
    fit = [one for one in everyone if role in ("", *one.roles) and one.id in node.replica.state.people]
    return node, world.chance.choice(fit if fit and world.chance.random() < 0.9 else everyone)
