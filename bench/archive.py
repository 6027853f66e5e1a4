"""What five years of a unit cost: on disk, at a start, in memory, for one act, for a page of orders, for a new peer.

    built      the years are written by the node's own ledger, all signatures real           (see `years`)
    opened     another process opens the ledger and works on it: times, memory
    node       `ortoo node run` on it: until its first answer, at rest, and under questions from a console
    peer       central, empty, takes everything in one conversation; then opens it as after a restart

Memory is the resident set of the process, all of it. Times are those of this machine, with whatever else runs on it.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import httpx
from sqlalchemy import Connection

from bench.replay import key_of
from bench.years import OFFICE, PIN, PLATES, UNIT, WORDS, Unit
from central.database import open_writer
from central.store import UnitStore
from edge import home as homes
from fleet.ledger.certificate import CENTRAL
from fleet.ledger.exchange import Exchange, Speaker
from fleet.ledger.marks import Identity
from fleet.ledger.operation import Author
from fleet.ledger.replica import Replica
from machine.system import SystemClock

BUDGET = 8 << 20
TIMES = 40
FOUND = (*WORDS["places"], *PLATES, *WORDS["reasons"], "1-0042")
STARTED_WITHIN_S = 600.0
REST_S = 3.0


def measure(orders: int, seed: int) -> dict[str, Any]:
    """The figures of ``ortoo bench archive --json``."""
    with tempfile.TemporaryDirectory(prefix="ortoo-bench-") as directory:
        home = Path(directory) / "node"
        unit, begun_s = Unit(home, seed), perf_counter()
        unit.write(orders, SystemClock().now_ms())
        built_s = perf_counter() - begun_s
        return {
            "orders": orders,
            "operations": unit.operations,
            "built_s": round(built_s, 1),
            "disk_bytes": _size(home, "core.db"),
            "opened": _child(f"opened({str(home)!r}, {orders})"),
            "node": _node(home),
            "peer": _peer(home, Path(directory)) | _child(f"peer_opened({directory!r})"),
        }


def opened(home: str, orders: int) -> None:
    """In a process of its own: open the ledger, and work on it."""
    before_mb, begun_s = _rss_mb(), perf_counter()
    unit = Unit.there(Path(home), orders)
    office = unit.open()
    figures: dict[str, Any] = {"start_s": round(perf_counter() - begun_s, 3), "rss_mb": _rss_mb()}
    figures["ledger_mb"] = round(_rss_mb() - before_mb, 1)
    figures["digest_ms"] = _median_ms(lambda _: office.replica.digest())
    old = [f"1-{number * orders // TIMES + 2:05d}" for number in range(TIMES)]
    figures["old_order_ms"] = _median_ms(lambda at: office.replica.state.orders[old[at]])
    figures["act_ms"] = _median_ms(lambda at: office.replica.write([unit.one_more(office, at)]))
    office.close()
    print(json.dumps(figures))


def peer_opened(directory: str) -> None:
    """In a process of its own: open central's ledger of the unit."""
    begun_s = perf_counter()
    replica, _ = _central(Path(directory))
    figures = {"start_s": round(perf_counter() - begun_s, 3), "rss_mb": _rss_mb(), "held": replica.held}
    print(json.dumps(figures))


def _peer(home: Path, directory: Path) -> dict[str, Any]:
    unit = Unit.there(home, 0)
    office, (central, connection) = unit.open(), _central(directory)
    enrolled, root = homes.enrolled(home), unit.root
    node = Exchange(
        office.replica, enrolled.speaker, root_public=root.public, central_public=enrolled.grant.central_public
    )
    key, grant = key_of("node 0"), enrolled.grant
    speaker = Speaker(Identity(UNIT, Author(CENTRAL, 1), key), grant.central_certificate, gives_receipts=True)
    other = Exchange(central, speaker, root_public=root.public)
    up = turns = 0
    begun_s, begun_cpu_s = perf_counter(), process_time()
    while said := node.outgoing(BUDGET):
        other.receive(said, now_ms=unit.clock.ms)
        node.receive(other.outgoing(BUDGET), now_ms=unit.clock.ms)
        up, turns = up + len(said), turns + 1
    central.checkpoint()
    figures = {
        "catch_up_s": round(perf_counter() - begun_s, 1),
        "catch_up_cpu_s": round(process_time() - begun_cpu_s, 1),
        "bytes_up": up,
        "turns": turns,
        "state_equal": office.replica.digest() == central.digest(),
    }
    connection.close()
    office.close()
    return figures | {"disk_bytes": _size(directory, "central.db")}


def _central(directory: Path) -> tuple[Replica, Connection]:
    connection = open_writer(f"sqlite:///{directory / 'central.db'}")
    identity, root = Identity(UNIT, Author(CENTRAL, 1), key_of("node 0")), key_of("root")
    store = UnitStore(connection, UNIT)
    return Replica(store, SystemClock(), root.public, unit=UNIT, identity=identity), connection


def _node(home: Path) -> dict[str, Any]:
    """`ortoo node run`, asked over its own socket."""
    begun_s = perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "ortoo", "node", "run", str(home)], stdout=subprocess.DEVNULL)
    try:
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(home / "node.sock")), base_url="http://node") as api:
            _until_answered(api, process, begun_s)
            started_s = perf_counter() - begun_s
            time.sleep(REST_S)
            resting_mb = _rss_mb(process.pid)
            signed = api.post("/api/session", json={"person": OFFICE, "pin": PIN}, timeout=30).raise_for_status()
            api.headers["Authorization"] = f"Bearer {signed.json()['token']}"
            return {
                "first_answer_s": round(started_s, 2),
                "rss_mb": resting_mb,
                "page_p95_ms": _asked(api, ({"limit": 50, "offset": at * 997} for at in range(TIMES))),
                "state_p95_ms": _asked(api, ({"state": "closed", "offset": at * 499} for at in range(TIMES))),
                "find_p95_ms": _asked(api, ({"find": word} for word in FOUND)),
                "board_p95_ms": _asked(api, ({} for _ in range(TIMES)), "/api/board"),
                "busy_rss_mb": _rss_mb(process.pid),
            }
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def _until_answered(api: httpx.Client, process: subprocess.Popen[bytes], begun_s: float) -> None:
    while perf_counter() - begun_s < STARTED_WITHIN_S and process.poll() is None:
        try:
            api.get("/api/health", timeout=STARTED_WITHIN_S)
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("the node did not start")


def _asked(api: httpx.Client, questions: Iterable[dict[str, Any]], path: str = "/api/orders") -> float:
    times = []
    for question in questions:
        begun_s = perf_counter()
        api.get(path, params=question, timeout=60).raise_for_status()
        times.append((perf_counter() - begun_s) * 1000)
    return round(statistics.quantiles(times, n=20)[-1], 1)


def _child(call: str) -> dict[str, Any]:
    code = f"from bench.archive import *; from bench.archive import {call.split('(', maxsplit=1)[0]}; {call}"
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def _median_ms(work: Callable[[int], object]) -> float:
    times = []
    for at in range(TIMES):
        begun_s = perf_counter()
        work(at)
        times.append((perf_counter() - begun_s) * 1000)
    return round(statistics.median(times), 2)


def _rss_mb(pid: int | None = None) -> float:
    """The resident set of a process, in MB; of this one if none is named."""
    status = Path(f"/proc/{pid or os.getpid()}/statm").read_text(encoding="ascii")
    return round(int(status.split()[1]) * resource.getpagesize() / 1e6, 1)


def _size(directory: Path, name: str) -> int:
    return sum(file.stat().st_size for file in directory.glob(f"{name}*"))
