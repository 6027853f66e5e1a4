"""Coverage-guided fuzzing: ``python -m tests.fuzz TARGET [libFuzzer options]``, with the extra `fuzz` installed.

Ten minutes each, as they are meant to be run:

    python -m tests.fuzz nmea -max_total_time=600

A hang of more than a second, a crash, or memory beyond the limit ends it with the bytes that did it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["edge.serial_terminal"]):
    from tests.fuzz.seeds import SEEDS
    from tests.fuzz.targets import TARGETS

LIMITS = ["-timeout=1", "-rss_limit_mb=256", "-max_len=4096"]


def main() -> None:
    """Fuzz the target that is named until libFuzzer's options say otherwise."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"python -m tests.fuzz {{{','.join(TARGETS)}}} [libFuzzer options]")
    target, options = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory(prefix="fuzz-") as corpus:
        for number, seed in enumerate(SEEDS[target]):
            (Path(corpus) / str(number)).write_bytes(seed)
        atheris.Setup([sys.argv[0], *LIMITS, *options, corpus], TARGETS[target])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
