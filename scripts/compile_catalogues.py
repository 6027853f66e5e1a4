"""Compile the gettext catalogues: every ``.po`` gets its ``.mo`` beside it, where that one is older or missing.

Run by the set-up, by ``make check`` and by the build hook; needs babel.
"""

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parent.parent / "fleet" / "locale"


def compile_catalogues(locale_dir: Path) -> list[Path]:
    """Write the ``.mo`` files that are missing or older than their ``.po`` under ``locale_dir``; answer those written.

    Raises ``babel.messages.pofile.PoFileError`` for a catalogue that is not well formed.
    """
    written = []
    for source in sorted(locale_dir.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
        unfinished = target.with_suffix(".mo.part")
        with unfinished.open("wb") as file:
            write_mo(file, catalogue)
        unfinished.replace(target)
        written.append(target)
    return written


if __name__ == "__main__":
    for path in compile_catalogues(LOCALE):
        print(path.relative_to(LOCALE), file=sys.stderr)
