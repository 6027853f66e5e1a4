"""What can happen in a world and how often: a subset of all faults, drawn anew for every seed.

An action is a function of the world; its weight says how often it is drawn. A fault that a seed leaves out has no
weight there, so that rare combinations are not drowned by the common ones.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulation import actions, case_actions, disk_actions, grants, sticks, track_actions
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
    (actions.register_a_vehicle, 6),
    (actions.enrol_someone, 3),
    (case_actions.open_a_case, 8),
    (case_actions.go_on_with_a_case, 20),
    (case_actions.raise_an_alarm, 3),
    (track_actions.pack_a_track, 4),
    (grants.propose_a_grant, 6),
    (grants.decide_a_grant, 10),
    (grants.decide_in_anothers_place, 5),
    (actions.call_central, 22),
    (actions.let_time_pass, 6),
    (actions.let_things_rest, 3),
)
FAULTS: tuple[tuple[Action, int], ...] = (
    (actions.call_the_other_node, 18),
    (actions.cut_the_power, 3),
    (disk_actions.strike_a_commit, 3),
    (disk_actions.fill_a_disk, 1),
    (actions.part, 2),
    (actions.set_a_clock, 2),
    (actions.let_weeks_pass, 1),
    (actions.replay_a_line, 2),
    (actions.write_carelessly, 5),
    (actions.call_a_stranger, 1),
    (disk_actions.copy_a_disk, 1),
    (disk_actions.back_a_disk_up, 2),
    (disk_actions.restore_a_backup, 1),
    (disk_actions.lose_a_database, 1),
    (disk_actions.let_a_disk_lie, 2),
    (sticks.carry_a_stick, 4),
    (grants.race_a_revocation, 2),
)

INSIDER: tuple[tuple[Action, int], ...] = ((actions.let_the_insider_write, 8), (actions.let_the_insider_call, 6))
REGIONS: tuple[Mapping[str, int], ...] = (
    {"u1": 2, "u2": 2, "u3": 1},
    {"u1": 2, "u2": 2, "u3": 1},
    {"u1": 2, "u2": 1},
    {"u1": 2},
)
"""Nodes by unit: mostly three units with five nodes, sometimes little enough to meet each other often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One world's shape: nodes by unit, the weather of its links, whether clocks differ, whether its units begin with a
    head, whether one of the nodes is an insider's and one runs an older program, and which faults it has."""

    units: Mapping[str, int]
    weather: Weather
    skew: bool
    headed: bool
    insider: bool = False
    old: bool = False
    faults: tuple[int, ...]

    @classmethod
    def drawn(cls, chance: random.Random) -> Plan:
        """A shape drawn from the seed."""
        return cls(
            headed=chance.random() < 0.5,
            units=chance.choice(REGIONS),
            weather=Weather(
                drop=chance.choice((0.0, 0.05, 0.3, 0.6)),
                duplicate=chance.choice((0.0, 0.1, 0.3)),
                reorder=chance.choice((0.0, 0.2, 0.5)),
                forge=chance.choice((0.0, 0.0, 0.1)),
                flip=chance.choice((0.0, 0.0, 0.05)),
                shorten=chance.choice((0.0, 0.0, 0.05)),
                cut=chance.choice((0.0, 0.1, 0.3)),
                delay_ms_max=chance.choice((0, 500, 20_000)),
            ),
            skew=chance.random() < 0.7,
            insider=chance.random() < 0.3,
            old=chance.random() < 0.3,
            faults=tuple(at for at in range(len(FAULTS)) if chance.random() < 0.6),
        )

    @classmethod
    def calm(cls) -> Plan:
        """Two nodes of one unit and no faults at all."""
        return cls(units={"u1": 2}, weather=Weather(), skew=False, headed=True, faults=())

    def draw(self, chance: random.Random) -> Action:
        """The next action."""
        choices = [*DAILY, *(FAULTS[at] for at in self.faults), *(INSIDER if self.insider else ())]
        return chance.choices([action for action, _ in choices], [weight for _, weight in choices])[0]
