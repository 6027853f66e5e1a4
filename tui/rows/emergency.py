"""What an emergency departure notice says unless changed (Art. 12). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.rules import supplement
from fleet.rules.vehicle import Tag
from fleet.words import Words
from tui.rows.case_form import SUPPLEMENT, Deed
from tui.shapes import Facts, VehicleRow

NOTICE = Deed(SUPPLEMENT, supplement.Act.NOTICE)
READY = (Tag.FREE, Tag.DUTY, Tag.SILENT, Tag.BLIND)
"""How a vehicle stands that may leave at once, the likeliest first."""


def emergency(words: Words, rows: Sequence[VehicleRow], plate: str) -> Facts:
    """What the notice says unless changed: the vehicle meant, else the first that is free, and its usual driver."""
    chosen = next((row for row in rows if row["plate"] == plate), None)
    able = [row for row in rows if row["tag"] in READY and row["driver"] and not row["order"]]
    row = chosen or min(able, key=lambda row: READY.index(row["tag"]), default=None)
    return {
        "what": words("emergency.what"),
        "rider": words("emergency.rider"),
        "plate": row["plate"] if row else "",
        "driver": (row["driver"] or "") if row else "",
    }
