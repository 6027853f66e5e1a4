"""A backup is whole, proves itself and gives no key away; a node put back, moved or robbed of its records writes
nothing before it knows how far its log has come."""

from __future__ import annotations

import os
import shutil
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge import backup, doctor, place
from edge import home as homes
from edge.place import Place
from edge.proof import prove
from edge.store.journal import Office
from fleet.desk.register import register
from fleet.errors import BadInput, FleetError, NotAllowed, NotTrusted, Unavailable
from fleet.ledger.replica import COLD, Replica
from machine.system import SystemRandomness, machine_mark
from tests.courier.touching import WAYS, touched
from tests.edge.conftest import Command
from tests.edge.unit import ADMIN, ME, PLATE, Central, a_vehicle, conversation, office_of, sighting, signer
from tests.simulation.clock import SimulatedClock

PASSPHRASE = "骑马过草原要看天气和路"
AUTHOR = f"{ME.node}.{ME.incarnation}"


def put_by(home: Path, file: Path, clock: SimulatedClock) -> backup.Backup:
    return backup.write(home, file, PASSPHRASE * 2, clock, SystemRandomness())


def put_back(file: Path, home: Path, clock: SimulatedClock) -> backup.Backup:
    return backup.restore(file, home, PASSPHRASE * 2, machine=machine_mark(), now_ms=clock.now_ms())


@pytest.fixture
def file(day: Path, tmp_path: Path, clock: SimulatedClock) -> Path:
    put_by(day, tmp_path / "backup", clock)
    return tmp_path / "backup"


def talk(home: Path, replica: Replica, central: Central) -> None:
    exchange = conversation(home, replica)
    while outgoing := exchange.outgoing(1 << 20):
        exchange.receive(central.answer(outgoing), now_ms=central.clock.now_ms())


def write(home: Path, office: Office, plate: str = "蒙M-0X001") -> None:
    register(office.replica, signer(home, ADMIN), a_vehicle(plate, "013900000001"))


# -- what is in a backup --------------------------------------------------------------------------------------------


def test_a_restored_node_holds_what_the_backup_says_and_everything_of_it_is_proved(
    day: Path, file: Path, tmp_path: Path, clock: SimulatedClock
) -> None:
    made = put_back(file, tmp_path / "back", clock)

    before, after = prove(day), prove(tmp_path / "back")
    assert (after.state_hash, after.operations, after.faults) == (before.state_hash, before.operations, [])
    assert (made.author, made.own > 0) == (ME, True)
    for name in backup.SEALED[:2]:
        assert (tmp_path / "back" / name).read_bytes() == (day / name).read_bytes()
    assert [path for path in (tmp_path / "back").rglob("*") if path.stat().st_mode & 0o077 and path.is_file()] == []


def test_scans_travel_along_each_once(day: Path, tmp_path: Path, clock: SimulatedClock) -> None:
    (day / "blobs").mkdir(exist_ok=True)
    scan = "5" * 64
    (day / "blobs" / scan).write_bytes(b"a scan")
    (day / "blobs" / f"{'6' * 64}.part").write_bytes(b"under way")

    put_by(day, tmp_path / "backup", clock)
    put_back(tmp_path / "backup", tmp_path / "back", clock)

    assert (tmp_path / "back" / "blobs" / scan).read_bytes() == b"a scan"
    assert not (tmp_path / "back" / "blobs" / f"{'6' * 64}.part").exists()


def test_a_backup_made_while_the_node_writes_is_of_one_moment(
    home: Path, tmp_path: Path, clock: SimulatedClock
) -> None:
    done = threading.Event()

    def keep_writing() -> None:
        with closing(office_of(home, clock)) as office:
            number = 0
            while not done.is_set():
                number += 1
                write(home, office, f"蒙M-{number:05d}")

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        made = [put_by(home, tmp_path / f"backup {number}", clock) for number in range(3)]
    finally:
        done.set()
        writer.join()

    for number, one in enumerate(made):
        put_back(tmp_path / f"backup {number}", tmp_path / f"back {number}", clock)
        report = prove(tmp_path / f"back {number}")
        assert (report.faults, report.operations >= one.own) == ([], True)


def test_no_key_is_in_the_file_without_the_passphrase(day: Path, file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        names = set(archive.namelist())

    assert not names & set(backup.SEALED)
    for name in backup.SEALED[:2]:
        assert (day / name).read_bytes() not in everything
    assert file.stat().st_mode & 0o077 == 0


def test_a_wrong_passphrase_opens_nothing_and_leaves_nothing(file: Path, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed, match="passphrase_wrong"):
        backup.restore(file, tmp_path / "back", "another passphrase", machine="", now_ms=0)

    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("how", WAYS)
def test_whatever_of_a_backup_was_touched_is_noticed_and_nothing_is_restored(
    file: Path, tmp_path: Path, how: str, clock: SimulatedClock
) -> None:
    for copy in touched(file, tmp_path, how):
        with pytest.raises(NotTrusted, match="backup_wrong"):
            put_back(copy, tmp_path / "back", clock)
        assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("size", [0, 3, 100, 5_000])
def test_a_file_that_is_cut_short_or_no_backup_at_all_is_said_to_be_none(file: Path, size: int) -> None:
    file.write_bytes(file.read_bytes()[:size] if size else os.urandom(5_000))

    with pytest.raises(NotTrusted, match="backup_wrong"):
        backup.prove(file)


def test_a_backup_damaged_at_any_place_is_said_to_be_wrong_and_nothing_worse(file: Path) -> None:
    whole, told = file.read_bytes(), list[str]()
    for at in range(0, len(whole), len(whole) // 150):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            backup.prove(file)
            told.append("")  # what a zip file says twice, or of no file in it, may be damaged in one place
        except NotTrusted as refused:
            told.append(refused.code)

    assert set(told) <= {"", "backup_wrong"}
    assert told.count("") < 10


def test_a_short_passphrase_and_a_file_that_is_there_are_refused(day: Path, file: Path, clock: SimulatedClock) -> None:
    with pytest.raises(BadInput, match="file_exists"):
        put_by(day, file, clock)
    with pytest.raises(BadInput, match="passphrase_short"):
        backup.write(day, file.with_name("other"), "short", clock, SystemRandomness())


def test_a_node_is_never_restored_over_another(day: Path, file: Path, clock: SimulatedClock) -> None:
    before = prove(day).state_hash

    with pytest.raises(NotAllowed, match="node_exists"):
        put_back(file, day, clock)

    assert prove(day).state_hash == before


# -- cold -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "machine", "begun", "cold"),
    [
        (None, "a", False, ""),
        (None, "a", True, "copied"),
        (Place(machine="a"), "a", True, ""),
        (Place(machine="a", author=AUTHOR), "a", True, ""),
        (Place(machine="a", author=AUTHOR), "a", False, "lost"),
        (Place(machine="a", author=AUTHOR), "b", True, "copied"),
        (Place(machine="a", author=AUTHOR), "", True, ""),
        (Place(machine="", author=AUTHOR), "b", True, ""),
        (Place(machine="a", author=AUTHOR, cold="restored"), "a", True, "restored"),
        (Place(machine="a", author=AUTHOR, cold="restored"), "b", True, "copied"),
        (Place(machine="a", author=AUTHOR, cold="lost"), "a", True, "lost"),
        (Place(machine="a", author="1.2", cold="copied"), "b", True, ""),
    ],
)
def test_where_a_node_stands_decides_whether_it_may_write(
    known: Place | None, machine: str, begun: bool, cold: str
) -> None:
    assert place.found(known, machine=machine, author=AUTHOR, begun=begun, now_ms=7).cold == cold


def backed_up_early(home: Path, tmp_path: Path, central: Central, clock: SimulatedClock) -> Path:
    """A node put back from a backup, after which it wrote on and told central."""
    put_by(home, tmp_path / "early", clock)
    with closing(office_of(home, clock)) as office:
        write(home, office)
        talk(home, office.replica, central)
    put_back(tmp_path / "early", tmp_path / "back", clock)
    return tmp_path / "back"


def lost(home: Path, tmp_path: Path, central: Central, clock: SimulatedClock) -> Path:
    with closing(office_of(home, clock)) as office:
        write(home, office)
        talk(home, office.replica, central)
    for path in home.glob("core.db*"):
        path.unlink()
    return home


@pytest.mark.parametrize("how", [backed_up_early, lost])
def test_what_was_put_back_or_lost_writes_nothing_until_it_has_its_own_log_back(
    home: Path, tmp_path: Path, clock: SimulatedClock, how: type
) -> None:
    with closing(office_of(home, clock)):
        pass  # the log has begun
    central = Central(clock)
    back = how(home, tmp_path, central, clock)

    with closing(office_of(back, clock)) as office:
        own = office.replica.made
        with pytest.raises(Unavailable, match="cold_"):
            office.replica.write([sighting(PLATE)])
        assert office.replica.made == own
        talk(back, office.replica, central)
        assert office.replica.cold == ""
        assert office.replica.made == central.replica.state.heads[ME].seq > own
        write(back, office, "蒙M-0X002")
    with closing(office_of(back, clock)) as office:
        assert office.replica.cold == ""
        talk(back, office.replica, central)
    assert (central.replica.forks, prove(back).faults) == ([], [])


def test_what_came_to_another_machine_waits_for_a_persons_word(
    home: Path, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    central = Central(clock)
    with closing(office_of(home, clock)) as office:
        talk(home, office.replica, central)
    monkeypatch.setattr("edge.store.journal.machine_mark", lambda: "another")
    monkeypatch.setattr("edge.doctor.machine_mark", lambda: "another")

    with closing(office_of(home, clock)) as office:
        talk(home, office.replica, central)
        assert office.replica.cold == "copied"
        with pytest.raises(Unavailable, match="cold_copied"):
            write(home, office)
    assert "cold_copied" in ill(home, clock)
    assert command("node", "settle", home, "--yes").code == 0
    assert "cold_restored" in ill(home, clock)
    with closing(office_of(home, clock)) as office:
        talk(home, office.replica, central)
        write(home, office)
    assert not any(code.startswith("cold") for code in ill(home, clock))
    assert command("node", "settle", home, "--yes").code == 2


def ill(home: Path, clock: SimulatedClock) -> set[str]:
    return {finding.code for finding in doctor.look(home, clock.now_ms()) if finding.grade == "ill"}


def test_a_copy_that_ran_beside_the_original_is_told_to_a_person(
    home: Path, tmp_path: Path, clock: SimulatedClock
) -> None:
    central = Central(clock)
    with closing(office_of(home, clock)) as office:
        talk(home, office.replica, central)
    copy = shutil.copytree(home, tmp_path / "copy")  # a whole disk, of a machine of the same mark
    for machine, plate in ((home, "蒙M-0X001"), (copy, "蒙M-0X002"), (home, "")):
        with closing(office_of(machine, clock)) as office:
            if plate:
                write(machine, office, plate)
            talk(machine, office.replica, central)

    assert "forked_here" in ill(home, clock) & ill(copy, clock)
    with closing(office_of(home, clock)) as one, closing(office_of(copy, clock)) as other:
        assert one.replica.digest() == other.replica.digest() == central.replica.digest()
    assert (prove(home).faults, prove(copy).faults) == ([], [])


def test_every_reason_to_be_cold_is_explained_in_both_languages(command: Command) -> None:
    from fleet.words import LANGUAGES, Words

    for language in LANGUAGES:
        for reason in COLD:
            told = Words(language, "command").explain(f"cold_{reason}", {})
            assert all((told.what, told.why, told.next))


# -- commands -------------------------------------------------------------------------------------------------------


@pytest.fixture
def typed() -> Iterator[list[str]]:
    """A passphrase on an open file descriptor."""
    reading, writing = os.pipe()
    os.write(writing, (PASSPHRASE + PASSPHRASE).encode())
    os.close(writing)
    yield ["--pin-fd", str(reading)]
    os.close(reading)


def test_a_person_backs_up_verifies_and_restores(day: Path, tmp_path: Path, typed: list[str], command: Command) -> None:
    done = command("node", "backup", day, tmp_path / "file", *typed)
    assert (done.code, done.err) == (0, "")

    proved = command("verify", tmp_path / "file")
    assert (proved.code, str(tmp_path / "file") in proved.out) == (0, True)
    (tmp_path / "file").write_bytes((tmp_path / "file").read_bytes()[:-9])
    assert command("verify", tmp_path / "file").code == 1


def test_a_restore_says_what_comes_next(file: Path, tmp_path: Path, typed: list[str], command: Command) -> None:
    done = command("node", "restore", file, tmp_path / "back", *typed)

    assert done.code == 0
    assert str(tmp_path / "back") in done.out
    assert place.read(tmp_path / "back") is not None
    with pytest.raises(FleetError):
        backup.restore(file, tmp_path / "back", PASSPHRASE * 2, machine="", now_ms=0)
    assert homes.enrolled(tmp_path / "back").identity.author == ME
