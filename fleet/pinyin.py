"""The first letters of Hanzi as an input method takes them, so that names are found without one: `alsyq` is 阿拉善右旗.

GB 2312 orders the 3,755 common Hanzi of its first level by pinyin, so a sign's letter follows from its number there. A
sign with several readings has the one GB 2312 files it under. Others have no letter here and stand for themselves.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

_LETTERS = "abcdefghjklmnopqrstwxyz"
_FIRST = (
    0xB0A1, 0xB0C5, 0xB2C1, 0xB4EE, 0xB6EA, 0xB7A2, 0xB8C1, 0xB9FE, 0xBBF7, 0xBFA6, 0xC0AC, 0xC2E8, 0xC4C3, 0xC5B6,
    0xC5BE, 0xC6DA, 0xC8BB, 0xC8F6, 0xCBFA, 0xCDDA, 0xCEF4, 0xD1B9, 0xD4D1,
)  # fmt: skip
"""The first sign of each letter; of the letters no Chinese syllable begins with there is none."""
_LAST = 0xD7F9


@lru_cache(maxsize=4096)
def initials(text: str) -> str:
    """A letter for each Hanzi that has one, everything else as it is, all small."""
    return "".join(map(_initial, text)).casefold()


def found_by(sought: str, text: str) -> bool:
    """Does `text`, or do its first letters, contain what is sought?"""
    sought = sought.strip().casefold()
    return sought in text.casefold() or sought in initials(text)


def _initial(sign: str) -> str:
    if sign.isascii():
        return sign
    try:
        number = int.from_bytes(sign.encode("gb2312"), "big")
    except UnicodeEncodeError:
        return sign
    return _LETTERS[bisect_right(_FIRST, number) - 1] if _FIRST[0] <= number <= _LAST else sign
