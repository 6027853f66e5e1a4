"""A unit with no link at all and a stick: what `ortoo bundle` and `ortoo verify` do between two real directories."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cbor2
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from central import home as central_home
from central import keys, settings
from central.database import open_reader
from central.nodes import readers
from central.region import Region, open_region
from edge.store.journal import Office
from fleet.ledger import kinds
from fleet.ledger.canonical import Value
from fleet.ledger.replica import Statement
from fleet.words import Language
from machine.system import SystemClock
from tests.central.test_commands import ORTOO, PASSPHRASE
from tests.central.test_commands import ortoo as process
from tests.courier.conftest import Command, done
from tests.edge.process import node_process
from tests.edge.unit import DISPATCHER, PIN, UNIT, office_of, signer

pytestmark = pytest.mark.skipif(
    "config.getoption('--suite') == 'second'", reason="the child that opens bundles hears of no suite but the shipped"
)

PLATE = "蒙M-0B312"


def digest_of_node(place: Path) -> str:
    office = office_of(place / "node", SystemClock())
    try:
        return office.replica.digest()
    finally:
        office.close()


def region_of(place: Path) -> Region:
    return open_region(place / "region", keys.load(place / "region"), SystemClock())


def digest_at_central(place: Path) -> str:
    region = region_of(place)
    try:
        return region.replica(UNIT).digest()
    finally:
        region.close()


def write_more(place: Path) -> None:
    office: Office = office_of(place / "node", SystemClock())
    body: dict[str, Value] = {"time_ms": 1, "lat_e6": 1, "lon_e6": 1, "speed_kmh_e1": 1, "course": 1, "order": ""}
    office.replica.write([Statement(kinds.VEHICLE_SEEN, f"vehicle/{PLATE}", body)])
    office.close()


def test_a_stick_there_and_back_brings_both_to_one_state_and_the_receipts_home(place: Path, ortoo: Command) -> None:
    there, back = place / "stick" / "there", place / "stick" / "back"
    said = ortoo("bundle", "export", place / "node", there)
    assert "node 1" in said.out
    assert "may be removed" in said.out
    assert "7 new records" in ortoo("bundle", "import", place / "region", there).out
    ortoo("bundle", "export", place / "region", back)
    assert "1 receipts" in ortoo("bundle", "import", place / "node", back).out

    assert digest_of_node(place) == digest_at_central(place)
    office = office_of(place / "node", SystemClock())
    assert office.replica.receipted == office.replica.made
    office.close()


def a_scan(place: Path, content: bytes) -> bytes:
    """A scan on the node, and an act that names it."""
    office: Office = office_of(place / "node", SystemClock())
    with office.blobs.putting(len(content)) as scan:
        scan.write(content)
        name, size, media_type = scan.finish()
    body: dict[str, Value] = {"scan": name.hex(), "scan_type": media_type, "scan_size": size, "seal_visible": True}
    officer = signer(place / "node", DISPATCHER)
    office.replica.write([Statement("supplement.complete", "supplement/1-1", body, officer)])
    office.close()
    return name


def test_scans_go_along_with_the_acts_that_name_them(place: Path, ortoo: Command) -> None:
    content = b"%PDF-1.7 " + os.urandom(150_000)
    name = a_scan(place, content)
    stick = place / "stick"
    assert "1 scans" in ortoo("bundle", "export", place / "node", stick / "1").out
    assert "1 scans" in ortoo("bundle", "import", place / "region", stick / "1").out

    region = region_of(place)
    assert region.blobs(UNIT).read(name, 0, 1 << 20) == content
    region.close()
    assert "scans or" not in ortoo("bundle", "import", place / "region", stick / "1").out
    write_more(place)
    ortoo("bundle", "export", place / "region", stick / "2")
    ortoo("bundle", "import", place / "node", stick / "2")
    assert "scans or" not in ortoo("bundle", "export", place / "node", stick / "3").out
    assert "1 scans" in ortoo("bundle", "export", place / "node", stick / "4", "--all").out


def test_the_next_bundle_holds_only_what_is_new_unless_everything_is_asked_for(place: Path, ortoo: Command) -> None:
    stick = place / "stick"
    ortoo("bundle", "export", place / "node", stick / "1")
    ortoo("bundle", "import", place / "region", stick / "1")
    ortoo("bundle", "export", place / "region", stick / "2")
    ortoo("bundle", "import", place / "node", stick / "2")
    write_more(place)

    assert "1 records" in ortoo("bundle", "export", place / "node", stick / "3").out
    assert "8 records" in ortoo("bundle", "export", place / "node", stick / "4", "--all").out
    assert "1 new records" in ortoo("bundle", "import", place / "region", stick / "3").out
    assert "0 new records" in ortoo("bundle", "import", place / "region", stick / "4").out


def test_what_a_bundle_builds_on_is_named_if_it_is_missing(place: Path, ortoo: Command) -> None:
    stick = place / "stick"
    ortoo("bundle", "export", place / "node", stick / "1")
    ortoo("bundle", "import", place / "region", stick / "1")
    ortoo("bundle", "export", place / "region", stick / "2")
    ortoo("bundle", "import", place / "node", stick / "2")
    write_more(place)
    ortoo("bundle", "export", place / "node", stick / "3")
    lost = region_of(place)  # central from before the first bundle
    lost.close()
    for file in (place / "region").glob("core.db*"):
        file.unlink()
    ortoo("enrol", "grant", place / "region", place / "request", "--out", place / "grant2", "--url", "", "--yes")

    said = ortoo("bundle", "import", place / "region", stick / "3", code=1)
    assert "--all" in said.err
    ortoo("bundle", "export", place / "node", stick / "4", "--all")
    ortoo("bundle", "import", place / "region", stick / "4")
    assert digest_of_node(place) == digest_at_central(place)


def test_verify_says_who_wrote_a_bundle_for_whom_and_proves_what_is_in_it(place: Path, ortoo: Command) -> None:
    file = place / "stick" / "b"
    ortoo("bundle", "export", place / "node", file)
    before = digest_at_central(place)

    said = ortoo("verify", file, "--with", place / "region")
    assert "written by node 1" in said.out
    assert "for central" in said.out
    assert "1 personal signatures" in said.out
    assert "everything holds" in said.out
    assert digest_at_central(place) == before
    assert "everything holds" in ortoo("verify", file, "--with", place / "node").out


@pytest.mark.parametrize(("language", "word"), [("en", "sealed"), ("zh_CN", "加密")])
def test_without_a_key_only_the_outside_is_told_and_that_is_no_proof(
    place: Path, ortoo: Command, language: Language, word: str
) -> None:
    file = place / "stick" / "b"
    ortoo("bundle", "export", place / "node", file)

    said = ortoo("verify", file, code=1, language=language)
    assert UNIT in said.out
    assert word in said.out


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def _cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 10)


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _link(file: Path) -> None:
    file.rename(file.with_name("other"))
    file.symlink_to(file.with_name("other"))


@pytest.mark.parametrize(
    ("harm", "code", "says"),
    [
        (_flip, 1, "damaged"),
        (_cut, 1, "not as long"),
        (_pipe, 2, "pipe"),
        (_link, 2, "link"),
        (Path.unlink, 2, "There is no"),
        (lambda file: file.write_bytes(b"a letter"), 1, "no bundle"),
    ],
    ids=["a bit", "cut", "a pipe", "a link", "gone", "a letter"],
)
@pytest.mark.parametrize("command", ["import", "verify"])
def test_a_bad_file_is_refused_in_words_and_changes_nothing(
    place: Path, ortoo: Command, command: str, harm: Any, code: int, says: str
) -> None:
    file = place / "stick" / "b"
    ortoo("bundle", "export", place / "node", file)
    harm(file)
    words: list[str | Path] = ["verify", file, "--with", place / "region"]
    said = ortoo(*(words if command == "verify" else ["bundle", "import", place / "region", file]), code=code)
    assert says in said.err
    assert open_empty(place)


def open_empty(place: Path) -> bool:
    """Whether central still holds nothing of the unit."""
    region = region_of(place)
    try:
        return region.replica(UNIT).held == 0
    finally:
        region.close()


def test_a_bundle_is_refused_where_it_was_written_and_where_it_is_not_for(place: Path, ortoo: Command) -> None:
    ortoo("bundle", "export", place / "node", place / "stick" / "up")
    ortoo("bundle", "export", place / "region", place / "stick" / "down")

    for house, file in (("node", "up"), ("region", "down")):
        assert "written here" in ortoo("bundle", "import", place / house, place / "stick" / file, code=1).err


def test_a_file_that_is_there_is_never_written_over_and_a_wrong_directory_is_named(place: Path, ortoo: Command) -> None:
    (place / "stick" / "b").write_bytes(b"holiday pictures")

    ortoo("bundle", "export", place / "node", place / "stick" / "b", code=2)
    assert (place / "stick" / "b").read_bytes() == b"holiday pictures"
    ortoo("bundle", "export", place / "stick", place / "stick" / "c", code=2)


def test_a_bundle_is_nobody_elses_to_read(place: Path, ortoo: Command) -> None:
    ortoo("bundle", "export", place / "node", place / "stick" / "b")

    assert stat.S_IMODE((place / "stick" / "b").stat().st_mode) == 0o600
    assert b"vehicle.seen" not in (place / "stick" / "b").read_bytes()
    assert PLATE.encode() not in (place / "stick" / "b").read_bytes()


def test_central_writes_for_every_node_of_a_unit(place: Path, ortoo: Command) -> None:
    connection = open_reader(settings.database_url(place / "region", settings.load(place / "region")))
    assert [reader.author.node for reader in readers(connection, UNIT)] == [1]
    connection.close()


def test_evidence_of_a_record_is_what_any_cose_library_checks(place: Path, ortoo: Command) -> None:
    file = place / "stick" / "evidence"
    ortoo("bundle", "evidence", place / "node", f"registry/{UNIT}", file)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    act = next(line for line in lines if line["is"] == "act")
    message = cbor2.loads(bytes.fromhex(act["cose_sign1"])).value
    signed = cbor2.dumps(["Signature1", message[0], act["external_aad"].encode(), message[2]])
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(act["public"])).verify(message[3], signed)
    assert [line["is"] for line in lines] == ["certificate", "act", "certificate", "operation", "seal"]

    ortoo("bundle", "evidence", place / "node", "order/none", place / "stick" / "nothing", code=2)


@pytest.mark.anyio
async def test_a_running_node_takes_a_bundle_in_and_writes_one(place: Path) -> None:
    stick = place / "stick"
    done("bundle", "export", place / "node", stick / "1")
    done("bundle", "import", place / "region", stick / "1")
    done("bundle", "export", place / "region", stick / "2")
    async with node_process(place / "node") as node:
        said = await asyncio.to_thread(done, "bundle", "import", place / "node", stick / "2")
        assert "1 receipts" in said.out
        await asyncio.to_thread(done, "bundle", "export", place / "node", stick / "3", "--all")
        answer = await node.api.post("/bundles/export", json={"file": str(stick / "4"), "all": True})
        assert answer.raise_for_status().json()["runs"][0]["operations"] == 7

        refused = await asyncio.to_thread(process, "bundle", "import", place / "node", stick / "3", language="en")
        assert (refused.code, "written here" in refused.err) == (1, True), refused
        refused = await asyncio.to_thread(process, "bundle", "import", place / "node", stick / "none", language="en")
        assert refused.code == 2

        await node.sign_in("3001", PIN)
        past = await node.get("/bundles")
        assert (past["in"]["file"], past["in"]["receipts"], past["out"]["file"]) == ("2", 1, "4")
        status = await node.get("/status")
        assert status["operations"]["held_by_central"] == 7


@contextmanager
def central_running(place: Path) -> Iterator[str]:
    """`ortoo central run`, and its address."""
    running = subprocess.Popen(
        [*ORTOO, "central", "run", str(place / "region")],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "ORTOO_LANG": "en"},
    )  # fmt: skip
    try:
        assert running.stdout
        running.stdout.readline()
        assert running.stdout.readline(), "it ended before it was ready"
        yield central_home.address_of_running(place / "region")
    finally:
        running.terminate()
        running.wait(20)
        running.communicate()


def test_a_running_central_takes_a_bundle_in_and_writes_one(place: Path) -> None:
    stick = place / "stick"
    done("bundle", "export", place / "node", stick / "1")
    with central_running(place) as address:
        assert "7 new records" in done("bundle", "import", place / "region", stick / "1").out
        done("bundle", "export", place / "region", stick / "2")
        with httpx.Client(base_url=address, verify=False) as api:
            said = api.post("/bundles", content=b"not a bundle at all, and long enough to be one")
            assert (said.status_code, said.json()["code"]) == (403, "bundle_none")
            said = api.post("/bundles", content=(stick / "1").read_bytes() + b"more")
            assert (said.status_code, said.json()["code"]) == (403, "bundle_size")
            assert api.get("/api/bundles").status_code == 401
            token = api.post("/api/session", json={"name": "admin", "passphrase": PASSPHRASE}).json()["token"]
            past = api.get("/api/bundles", headers={"Authorization": f"Bearer {token}"}).json()
        assert [(one["way"], one["file"], one["stored"]) for one in past] == [("in", "1", 7), ("out", "2", 0)]
        said_again = process("bundle", "import", place / "region", stick / "2", language="en")
        assert (said_again.code, "written here" in said_again.err) == (1, True)
    done("bundle", "import", place / "node", stick / "2")
    assert digest_of_node(place) == digest_at_central(place)
