"""The ledger takes no algorithm for granted: its tests, a region's day and worlds under faults hold under another suite
too. `make test ARGS="--suite second"` runs everything so."""

import subprocess
import sys

import pytest

PYTEST = ("-m", "pytest", "-q", "--suite", "second", "-p", "no:cacheprovider")
LEDGER = ("tests/fleet/ledger", "tests/fleet/desk", "tests/simulation/test_day.py", "tests/edge/test_keyring.py")


@pytest.mark.skipif("config.getoption('--suite') == 'second'", reason="this run is the second suite's already")
def test_the_ledger_holds_under_another_suite() -> None:
    done = subprocess.run([sys.executable, *PYTEST, *LEDGER], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-2_000:]
