"""What can happen in a world and how often: a subset of all faults, drawn anew for every seed.

An action is a function of the world; its weight says how often it is drawn. A fault that a seed leaves out has no
weight there, so that rare combinations are not drowned by the common ones.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulation import actions, case_actions, grants
from tests.simulation.link import Weather

if TYPE_CHECKING:
    from tests.simulation.world import World

Action = Callable[["World"], None]

DAILY: tuple[tuple[Action, int], ...] = (
    (actions.apply, 22),
    (actions.do_something_legal, 60),
    (actions.do_anything, 12),
    (actions.sight_a_vehicle, 6),
    (actions.see_a_trip, 4),
    (actions.register_a_vehicle, 4),
    (actions.enrol_someone, 3),
    (case_actions.open_a_case, 8),
    (case_actions.go_on_with_a_case, 20),
    (grants.propose_a_grant, 6),
    (grants.decide_a_grant, 10),
    (grants.decide_in_anothers_place, 5),
    (actions.call_central, 22),
    (actions.let_time_pass, 6),
    (actions.let_things_rest, 3),
)
FAULTS: tuple[tuple[Action, int], ...] = (
    (actions.call_the_other_node, 18),
    (actions.cut_the_power, 2),
    (actions.strike_a_commit, 3),
    (actions.fill_a_disk, 1),
    (actions.part, 2),
    (actions.set_a_clock, 1),
    (actions.replay_a_line, 2),
    (actions.write_carelessly, 5),
    (actions.call_a_stranger, 1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One world's shape: nodes by unit, the weather of its links, whether clocks differ, whether its units begin with a
    head, and which faults it has."""

    units: Mapping[str, int]
    weather: Weather
    skew: bool
    headed: bool
    faults: tuple[int, ...]

    @classmethod
    def drawn(cls, chance: random.Random) -> Plan:
        """A shape drawn from the seed."""
        return cls(
            headed=chance.random() < 0.5,
            units={"u1": 2} | ({"u2": 1} if chance.random() < 0.25 else {}),
            weather=Weather(
                drop=chance.choice((0.0, 0.05, 0.3)),
                duplicate=chance.choice((0.0, 0.1, 0.3)),
                reorder=chance.choice((0.0, 0.2, 0.5)),
                forge=chance.choice((0.0, 0.0, 0.1)),
                cut=chance.choice((0.0, 0.1, 0.3)),
                delay_ms_max=chance.choice((0, 500, 20_000)),
            ),
            skew=chance.random() < 0.7,
            faults=tuple(at for at in range(len(FAULTS)) if chance.random() < 0.6),
        )

    @classmethod
    def calm(cls) -> Plan:
        """Two nodes of one unit and no faults at all."""
        return cls(units={"u1": 2}, weather=Weather(), skew=False, headed=True, faults=())

    def draw(self, chance: random.Random) -> Action:
        """The next action."""
        choices = [*DAILY, *(FAULTS[at] for at in self.faults)]
        return chance.choices([action for action, _ in choices], [weight for _, weight in choices])[0]
