"""A unit cut off for a month comes back by HTTPS, by radio and by a stick, each to the same state: minutes, not a test.

python -m tests.reunion --orders 300 --sightings 300 --rate 9600 --loss 0.2
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.reunion.ways import reunite

BOUND_S = 6 * 3600.0


def main() -> None:
    """Read the arguments, print one JSON object; 1 if two of the six ends differ."""
    parser = argparse.ArgumentParser(prog="python -m tests.reunion", description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--orders", type=int, default=300)
    parser.add_argument("--sightings", type=int, default=300)
    parser.add_argument("--rate", type=int, default=9_600)
    parser.add_argument("--loss", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=1)
    asked = vars(parser.parse_args())
    with tempfile.TemporaryDirectory() as where:
        made, ways = asyncio.run(reunite(Path(where), **asked, within_s=BOUND_S))
    states = {state for way in ways.values() for state in (way.at_node, way.at_central)}
    ends = {way: asdict(came) for way, came in ways.items()}
    print(json.dumps({"operations": made, "ways": ends, "state_equal": len(states) == 1}))
    raise SystemExit(len(states) != 1)


if __name__ == "__main__":
    main()
