"""What may be said to a terminal at all, and what a given one can do.

Rules kept here:
* There is no remote engine stop. Commands that cut fuel or power, switch a terminal off, reset it to the factory or
  close its radio cannot be built, whoever asks: the lists name what is allowed, everything else is refused.
* A recorder is never put into calibration, and of a vehicle only its doors are controlled.
* A terminal that said it does not support a message is not asked again, nor is one whose edition or maker lacks it.
Source: JT/T 808-2013 and -2019, 0x8105, 0x8500, 0x8701 and the differences between editions; Art. 16.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from edge.serial_terminal.jt808.vendors import vendor
from fleet.errors import RuleBroken

CONTROLS = frozenset({1, 2, 4})  # 0x8105: wireless upgrade, connect to a server, restart
RECORDER_SETS = frozenset({0x82, 0x83, 0x84, 0xC2, 0xC3, 0xC4})  # 0x8701
DOORS_2013, DOORS_2019 = frozenset({0, 1}), 1  # 0x8500: flags 0 unlock, 1 lock; control type 1
SINCE_2019 = frozenset({0x8204, 0x8608})


def require_allowed(msg_id: int, facts: Mapping[str, Any]) -> None:
    """Refuse what must never be sent, by anybody.

    Raises:
        RuleBroken: `terminal_forbidden`.
    """
    command = facts.get("command")
    forbidden = {
        0x8105: command not in CONTROLS,
        0x8500: not _only_doors(facts),
        0x8701: command not in RECORDER_SETS,
    }
    if forbidden.get(msg_id, False):
        raise RuleBroken("terminal_forbidden", article="16", message=f"0x{msg_id:04x}")


def require_able(msg_id: int, version: int, model: str, unsupported: Collection[int]) -> None:
    """Refuse what this terminal cannot do, before it is troubled with it.

    Raises:
        RuleBroken: `terminal_cannot`.
    """
    maker = vendor(model)
    if (
        msg_id in unsupported
        or (msg_id in SINCE_2019 and version != 2019)
        or (maker is not None and msg_id in maker.cannot)
    ):
        raise RuleBroken("terminal_cannot", message=f"0x{msg_id:04x}", model=model or "-", version=version)


def _only_doors(facts: Mapping[str, Any]) -> bool:
    if "flag" in facts:
        return facts["flag"] in DOORS_2013
    return facts.get("count_or_type") == 1 and str(facts.get("items_hex", "")).startswith(f"{DOORS_2019:04x}")
