"""A node without any link that lost its records or was put back from a backup: a stick from central fills it again, and
where nobody has its log any more it begins another life."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from edge import backup
from edge import home as homes
from edge import place as places
from edge.proof import prove
from fleet.errors import Unavailable
from fleet.ledger.operation import Author
from machine.system import SystemClock, SystemRandomness, machine_mark
from tests.courier.conftest import Command
from tests.courier.test_carrying import digest_at_central, digest_of_node, write_more
from tests.edge.unit import APPLICANT, PLATE, a_form, office_of, sighting, signer

pytestmark = pytest.mark.skipif(
    "config.getoption('--suite') == 'second'", reason="the child that opens bundles hears of no suite but the shipped"
)
PHRASE = "骑马过草原要看天气和路" * 2


def carry(ortoo: Command, source: Path, target: Path, *options: str, code: int = 0) -> str:
    """A bundle from one directory into another."""
    stick = source.parent / "stick" / f"{len(list((source.parent / 'stick').iterdir()))}"
    ortoo("bundle", "export", source, stick, *options)
    said = ortoo("bundle", "import", target, stick, code=code)
    return said.out + said.err


def put_by(home: Path) -> Path:
    file = home.parent / "backup"
    backup.write(home, file, PHRASE, SystemClock(), SystemRandomness())
    return file


def put_back(file: Path, home: Path) -> None:
    """The machine is gone, and another stands in its place."""
    shutil.rmtree(home)
    backup.restore(file, home, PHRASE, machine=machine_mark(), now_ms=SystemClock().now_ms())


def lose_records(home: Path) -> None:
    for file in home.glob("core.db*"):
        file.unlink()


def cold(home: Path) -> str:
    """Why a node may not write."""
    with closing(office_of(home, SystemClock())) as office:
        if office.replica.cold:
            with pytest.raises(Unavailable, match=f"cold_{office.replica.cold}"):
                office.replica.write([sighting(PLATE)])
        return office.replica.cold


def test_a_stick_from_central_gives_a_node_its_lost_records_back(place: Path, ortoo: Command) -> None:
    node, region = place / "node", place / "region"
    carry(ortoo, node, region)
    carry(ortoo, region, node)
    before = digest_of_node(place)
    lose_records(node)
    assert cold(node) == "lost"
    write_nothing = ortoo("node", "doctor", node, code=1).out
    assert "bundle export --all" in write_nothing

    carry(ortoo, region, node)  # central believes that the node holds what it once said it held
    assert cold(node) == "lost"
    assert "7 new records" in carry(ortoo, region, node, "--all")

    assert cold(node) == ""
    assert digest_of_node(place) == before == digest_at_central(place)
    write_more(place)
    carry(ortoo, node, region)
    assert digest_of_node(place) == digest_at_central(place)
    assert prove(node).faults == []


def test_a_node_put_back_goes_on_where_central_says_its_log_has_come_to(place: Path, ortoo: Command) -> None:
    node, region = place / "node", place / "region"
    file = put_by(node)
    write_more(place)
    carry(ortoo, node, region)
    early = place / "stick" / "early"
    ortoo("bundle", "export", region, early)
    put_back(file, node)
    assert cold(node) == "restored"

    ortoo("bundle", "import", node, early)  # written before the restore: it cannot know what came after
    assert cold(node) == "restored"
    carry(ortoo, region, node, "--all")

    assert cold(node) == ""
    assert digest_of_node(place) == digest_at_central(place)
    assert prove(node).faults == []


def a_trip() -> dict[str, object]:
    start_ms = SystemClock().now_ms() + 2 * 3_600_000
    return a_form(cls="general", start_ms=start_ms, end_ms=start_ms + 4 * 3_600_000)


def another_life(ortoo: Command, node: Path, region: Path) -> None:
    """What a person does where nobody has a node's log any more."""
    asked, granted = node.parent / "asked", node.parent / "granted"
    ortoo("enrol", "request", node, "--new-life", "--out", asked)
    said = ortoo("enrol", "grant", region, asked, "--out", granted, "--url", "", "--yes")
    assert "放弃第 1 任身份" in said.out
    ortoo("enrol", "accept", node, granted)


def test_where_nobody_has_its_log_a_node_begins_another_life_and_the_old_one_may_still_turn_up(
    place: Path, ortoo: Command
) -> None:
    node, region = place / "node", place / "region"
    file = put_by(node)
    with closing(office_of(node, SystemClock())) as office:
        lost_order = office.desk.submit(signer(node, APPLICANT), a_trip())
    old = shutil.copytree(node, place / "old")
    put_back(file, node)
    assert cold(node) == "restored"

    another_life(ortoo, node, region)

    assert homes.enrolled(node).identity.author == Author(1, 2)
    assert cold(node) == ""
    with closing(office_of(node, SystemClock())) as office:
        order = office.desk.submit(signer(node, APPLICANT), a_trip())
        assert (lost_order, order) == ("1-00001", "1.2-00001")
    carry(ortoo, node, region)
    carry(ortoo, region, node)
    assert digest_of_node(place) == digest_at_central(place)

    carry(ortoo, old, region)
    carry(ortoo, region, node, "--all")
    with closing(office_of(node, SystemClock())) as office:
        assert {order, lost_order} <= office.replica.state.orders.keys()
        assert office.replica.forks == []
    assert digest_of_node(place) == digest_at_central(place)
    assert prove(node).faults == []


def test_only_a_node_that_may_not_write_asks_for_another_life_and_it_gets_one(place: Path, ortoo: Command) -> None:
    node, region = place / "node", place / "region"
    assert "needs no other life" in ortoo("enrol", "request", node, "--new-life", "--out", place / "x", code=2).err
    assert not (place / "x").exists()

    lose_records(node)
    assert cold(node) == "lost"
    another_life(ortoo, node, region)
    first = homes.enrolled(node).identity.author
    ortoo("enrol", "grant", region, place / "asked", "--out", place / "again", "--url", "", "--yes")
    ortoo("enrol", "accept", node, place / "again")

    assert homes.enrolled(node).identity.author == first == Author(1, 2)
    assert place_of(node) == ""


def place_of(node: Path) -> str:
    here = places.read(node)
    assert here is not None
    return here.cold


def test_another_region_gives_no_node_a_life_it_never_granted(place: Path, tmp_path: Path, ortoo: Command) -> None:
    node, region = place / "node", place / "region"
    lose_records(node)
    assert cold(node) == "lost"
    ortoo("enrol", "request", node, "--new-life", "--out", place / "asked")
    for file in region.glob("core.db*"):
        file.unlink()

    said = ortoo("enrol", "grant", region, place / "asked", "--out", place / "g", "--url", "", "--yes", code=1)

    assert "Nobody here knows a node 1" in said.err
    assert not (place / "g").exists()
