"""Custodians and openings at central (Art. 3, 10 (4)): what central holds of a confidential trip it cannot read, and
two custodians together can, once it is on record that they did."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from central import custodians, keys, openings
from central.openings import Both
from central.region import Region, open_region
from central.service import Service
from fleet.errors import BadInput, NotAllowed, NotFound, NotTrusted
from fleet.ledger import escrow
from fleet.rules.order import Act
from machine.system import SystemRandomness
from tests.central.conftest import PASSPHRASE
from tests.central.test_pages import sign_in
from tests.central.test_sync import converse
from tests.central.unit import PLATE, StillClock, Unit, talk

SECRET = {
    "rider": "机要员甲",
    "reason": "送密件到边防",
    "destination": "秘密地点",
    "phone": "13904830009",
    "remark": "夜里去",
}
SAID = "绕行三号检查站"
WORDS = (*SECRET.values(), SAID)
FIRST, SECOND = "one horse two riders", "two horses one rider"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """The two custodians' key files."""
    inner, outer = tmp_path / "inner.key", tmp_path / "outer.key"
    custodians.make_key(inner, "纪检监察", FIRST, SystemRandomness())
    custodians.make_key(outer, "主管部门", SECOND, SystemRandomness())
    return inner, outer


@pytest.fixture
def named(directory: Path, files: tuple[Path, Path]) -> Path:
    """A region that has named them."""
    custodians.appoint(directory, custodians.read_key(files[0]), custodians.read_key(files[1]), now_ms=1)
    return directory


def both(files: tuple[Path, Path]) -> Both:
    inner, outer = map(custodians.read_key, files)
    return Both(inner=custodians.unlock(inner, FIRST), outer=custodians.unlock(outer, SECOND))


def a_secret_trip(unit: Unit) -> str:
    """A confidential trip from application to departure, with something said at each step."""
    unit.register_vehicle(cls="confidential")
    order = unit.submit(**SECRET, cls="confidential")
    unit.act("u2", order, Act.SEND_BACK, reason=SAID)
    unit.desk.submit(unit.signers["u1"], {"passengers": "2"}, order_id=order, explanation=SAID)
    unit.act("u2", order, Act.APPROVE, opinion=SAID)
    return order


def spoken(region: Region, unit: Unit) -> bytes:
    """One conversation; everything that crossed, both ways."""
    exchange = unit.exchange()
    said = exchange.outgoing(1 << 20)
    answer = region.converse(unit.code, said, link="https")
    exchange.receive(answer, now_ms=unit.clock.now_ms())
    return said + answer


def held(directory: Path) -> bytes:
    """Every byte of a region's directory, its database and what lies beside it."""
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())


def readable(data: bytes) -> list[str]:
    """The secret words that stand in some bytes, as they are or escaped."""
    return [word for word in WORDS if word.encode() in data or word.encode("unicode_escape") in data]


def test_a_unit_hears_who_the_custodians_are_and_takes_in_confidential_trips_from_then_on(
    named: Path, unit: Unit, clock: StillClock
) -> None:
    with closing(open_region(named, keys.load(named), clock)) as region:
        assert escrow.custody(unit.replica.state) is None
        talk(region, unit)
        first = escrow.custody(unit.replica.state)
        talk(region, unit)

    assert first
    assert (first.content["inner_name"], first.content["outer_name"]) == ("纪检监察", "主管部门")
    assert unit.replica.state.custodians[escrow.KEY] == (first,), "it is told once"
    assert a_secret_trip(unit)


def test_central_holds_and_hears_no_word_of_it_and_what_everyone_may_know(
    named: Path, unit: Unit, clock: StillClock
) -> None:
    with closing(open_region(named, keys.load(named), clock)) as region:
        talk(region, unit)
        order = a_secret_trip(unit)
        crossed = spoken(region, unit) + spoken(region, unit)
        state = region.replica(unit.code).state

        assert state.orders[order].state == "approved"
        assert readable(crossed + repr(state.orders[order]).encode() + repr(dict(state.documents)).encode()) == []
    data = held(named)
    assert order.encode() in data
    assert readable(data) == []


def test_two_custodians_open_it_and_the_unit_learns_who_and_why(
    named: Path, files: tuple[Path, Path], unit: Unit, clock: StillClock
) -> None:
    own_keys = keys.load(named)
    with closing(open_region(named, own_keys, clock)) as region:
        talk(region, unit)
        order = a_secret_trip(unit)
        talk(region, unit)

    opening = openings.asked(unit.code, order, "信访件 2026-7", both(files), clock.now_ms())
    openings.put_on_record(named, own_keys, opening, clock)
    told = [texts for _, texts in openings.read(named, own_keys, opening, both(files), clock)]

    assert {"rider": SECRET["rider"], "destination": SECRET["destination"]}.items() <= told[0].items()
    assert {SAID} == {texts[name] for texts in told for name in ("opinion", "explanation") if name in texts}
    with closing(open_region(named, own_keys, clock)) as region:
        talk(region, unit)
    last = unit.replica.state.orders[order].facts[-1]
    assert (last.act, last.text("reason")) == ("opened", "信访件 2026-7")
    assert readable(held(named)) == []


def test_one_custodian_or_a_stranger_opens_nothing_and_leaves_no_record(
    named: Path, files: tuple[Path, Path], unit: Unit, clock: StillClock, tmp_path: Path
) -> None:
    own_keys, pair = keys.load(named), both(files)
    with closing(open_region(named, own_keys, clock)) as region:
        talk(region, unit)
        order = a_secret_trip(unit)
        talk(region, unit)
        made = region.replica(unit.code).made
        for wrong in (Both(inner=pair.inner, outer=pair.inner), Both(inner=pair.outer, outer=pair.inner)):
            with pytest.raises(NotTrusted, match="opening_unproved"):
                openings.record(region, openings.asked(unit.code, order, "信访件", wrong, 1))
        for target in ("1-99999", unit.submit()):
            with pytest.raises(NotFound, match="no_order"):
                openings.record(region, openings.asked(unit.code, target, "信访件", pair, 1))
        assert region.replica(unit.code).made == made
    with pytest.raises(BadInput, match="opening_reason"):
        openings.asked(unit.code, order, "  ", pair, 1)
    with pytest.raises(NotAllowed, match="custodian_passphrase"):
        custodians.unlock(custodians.read_key(files[0]), SECOND)


@pytest.mark.anyio
async def test_no_page_and_no_figure_of_central_tells_a_word_of_it(
    named: Path, served: Service, client: httpx.AsyncClient, unit: Unit
) -> None:
    await converse(client, unit)
    order = a_secret_trip(unit)
    await converse(client, unit)
    await sign_in(client)

    texts = [(await client.get(path)).text for path in ("/?show=all", f"/units/lyj/orders/{order}", "/api/region")]
    assert all(order in text for text in texts)
    assert readable("".join(texts).encode()) == []
    assert "机要，不显示" in texts[0]


@pytest.mark.anyio
async def test_a_running_server_takes_an_opening_that_proves_itself_and_no_other(
    named: Path, served: Service, client: httpx.AsyncClient, unit: Unit, files: tuple[Path, Path], clock: StillClock
) -> None:
    await converse(client, unit)
    order = a_secret_trip(unit)
    await converse(client, unit)
    pair = both(files)
    good = openings.asked("lyj", order, "信访件", pair, clock.now_ms())
    forged = openings.asked("lyj", order, "信访件", Both(inner=pair.inner, outer=pair.inner), clock.now_ms())

    answers = [await client.post("/openings", content=openings.encoded(one)) for one in (forged, good)]
    assert [answer.status_code for answer in answers] == [403, 204]
    assert (await client.post("/openings", content=b"{")).status_code == 400
    await converse(client, unit)
    assert unit.replica.state.orders[order].facts[-1].act == "opened"


def test_as_people_type_it(named: Path, files: tuple[Path, Path], unit: Unit, clock: StillClock) -> None:
    own_keys = keys.load(named)
    with closing(open_region(named, own_keys, clock)) as region:
        talk(region, unit)
        order = a_secret_trip(unit)
        talk(region, unit)

    pipes = [os.pipe() for _ in range(2)]
    for (_, writing), said in zip(pipes, (FIRST, SECOND), strict=True):
        os.write(writing, said.encode())
        os.close(writing)
    command = [
        *(sys.executable, "-c", "import ortoo; ortoo.main()", "central", "escrow", "open", str(named), order),
        *("--unit", "lyj", "--reason", "信访件", "--inner", str(files[0]), "--outer", str(files[1])),
        *("--inner-fd", str(pipes[0][0]), "--outer-fd", str(pipes[1][0])),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, pass_fds=[reading for reading, _ in pipes],
        env={**os.environ, "ORTOO_LANG": "zh_CN"}, timeout=60,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"已记录: 开启 lyj 单位的单 {order}。\n")
    assert f"提交申请 · 用车人: {SECRET['rider']}" in done.stdout
    assert PLATE not in done.stdout
    assert PASSPHRASE not in done.stdout
