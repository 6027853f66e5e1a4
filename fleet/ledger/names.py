"""What units and people may be called, wherever a name comes from outside."""

from __future__ import annotations

import re

UNIT = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
"""A unit's code stands in addresses and file names."""
PERSON = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
"""A staff number."""
NAME_LENGTH_MAX = 64


def is_name(text: str) -> bool:
    """Whether a unit or a person may be called so."""
    return 0 < len(text) <= NAME_LENGTH_MAX and text.isprintable()
