"""`ortoo bench sync`: a small month through the real ledger, counted to the byte."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from bench.commands import bench
from fleet.ledger.wire import cut

DAY_S = 86_400
BEGIN_S = 1_793_491_200


def a_month(orders: int) -> list[dict[str, object]]:
    """Lines of a workload: every act of a few orders, the first amended at central."""
    lines: list[dict[str, object]] = []

    def line(phase: int, node: str, actor: str, order: int, act: str, set_: object, args: object) -> None:
        lines.append(
            {
                "n": len(lines), "phase": phase, "node": node, "actor": actor, "t": BEGIN_S + 600 * len(lines),
                "order": f"G01-{order:05}", "act": act, "set": set_, "args": args,
            }
        )  # fmt: skip

    for order in range(1, orders + 1):
        form = {
            "user": "Bayar", "dept": "Forestry", "phone": "13800138000", "reason": f"Patrol {order}", "from": "Yard",
            "to": f"Post {order % 3}", "via": "", "ps": BEGIN_S + DAY_S, "pe": BEGIN_S + 2 * DAY_S, "pax": 3,
            "cat": "patrol", "urg": "routine", "vcl": "pickup", "note": "",
        }  # fmt: skip
        line(0 if order == 1 else 1, "unit", "P001", order, "create", form, {})
    for order in range(1, orders + 1):
        line(1, "unit", "P002", order, "approve", {}, {"ok": 1, "remark": "Agreed"})
        line(1, "unit", "P003", order, "dispatch", {}, {"car": "NM-1", "drv": "D01", "name": "Sarnai"})
        line(1, "unit", "D01", order, "depart", {}, {"car": "NM-1", "odo": 100 * order, "fuel": 60})
        line(1, "unit", "D01", order, "arrive", {}, {"car": "NM-1", "odo": 100 * order + 40, "place": "Post"})
        back = {"car": "NM-1", "odo": 100 * order + 90, "fuel": 30, "fee": 1500}
        line(1, "unit", "D01", order, "return", {}, back)
    line(1, "central", "C01", 1, "amend", {"pe": BEGIN_S + 3 * DAY_S, "note": "Longer"}, {"why": "more to do"})
    return lines


def run(tmp_path: Path, lines: list[dict[str, object]], *more: str) -> tuple[int, str]:
    workload = tmp_path / "month.jsonl"
    workload.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    result = CliRunner().invoke(bench, ["sync", "--workload", str(workload), *more])
    return result.exit_code, result.stdout


def test_a_month_ends_in_one_state_and_every_byte_is_in_the_capture(tmp_path: Path) -> None:
    capture = tmp_path / "crossed"

    code, out = run(tmp_path, a_month(5), "--capture", str(capture), "--json")

    figures = json.loads(out)
    assert code == 0
    assert figures["state_equal"] is True
    assert figures["bundle"]["state_equal"] is True
    assert figures["bundle"]["bytes"] > figures["catch_up"]["bytes_up"]
    assert figures["catch_up"]["round_trips"] == 1
    up_and_down = figures["catch_up"]["bytes_up"] + figures["catch_up"]["bytes_down"]
    assert capture.stat().st_size == up_and_down + figures["trickle"]["bytes"]
    assert figures["catch_up"]["bytes_per_order"] == round(up_and_down / 5, 1)
    assert figures["trickle"]["bytes"] > 31 * 64  # every act's signature crossed
    for radio in (figures["radio_9600"], figures["radio_9600_loss20"]):
        assert radio["air_bytes"] > up_and_down
        assert radio["seconds"] > radio["air_bytes"] / 960  # and the turns between
    assert figures["radio_9600"]["resent"] == 0 < figures["radio_9600_loss20"]["resent"]
    span = cut(capture.read_bytes())
    assert span
    assert span[1] <= figures["catch_up"]["bytes_up"]


def test_the_figures_are_told_in_words_too(tmp_path: Path) -> None:
    code, out = run(tmp_path, a_month(2))

    assert code == 0
    assert len(out.splitlines()) == 17


def test_a_file_that_is_no_workload_is_refused_by_its_line(tmp_path: Path) -> None:
    code, _ = run(tmp_path, [{"n": 0}])

    assert code == 1
