"""A region comes back from a backup: whole or not at all, under another life, and units bring what came after it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from central import accounts, backup, keys, proof, settings
from central.database import open_reader
from central.region import Region, open_region
from central.silence import SETTLE_MS, Silence
from fleet.errors import BadInput, FleetError, NotAllowed, NotTrusted, RuleBroken
from fleet.ledger.enrolment import fingerprint
from machine.system import SystemRandomness
from tests.central.conftest import PASSPHRASE
from tests.central.test_commands import ortoo, running
from tests.central.unit import HOUR_MS, StillClock, Unit
from tests.courier.touching import WAYS, touched

PHRASE = "twelve yaks over the pass"


@contextmanager
def region_of(directory: Path, clock: StillClock) -> Iterator[Region]:
    region = open_region(directory, keys.load(directory), clock)
    try:
        yield region
    finally:
        region.close()


def talk(region: Region, unit: Unit) -> None:
    """A whole conversation, turn by turn, as a node's HTTPS link carries it."""
    exchange = unit.exchange()
    while said := exchange.outgoing(1 << 20):
        exchange.receive(region.converse(unit.code, said, link="https"), now_ms=unit.clock.now_ms())


def meets(directory: Path, clock: StillClock, *units: Unit) -> list[str]:
    """Each unit is heard; what central and the unit then hold, as hashes."""
    with region_of(directory, clock) as region:
        for unit in units:
            talk(region, unit)
        found = [(region.replica(unit.code).digest(), unit.replica.digest()) for unit in units]
    assert all(here == there for here, there in found)
    return [here for here, _ in found]


def saved(directory: Path, file: Path, clock: StillClock) -> backup.Backup:
    return backup.write(directory, file, PHRASE, clock, SystemRandomness())


def back(file: Path, directory: Path, clock: StillClock) -> Path:
    backup.restore(file, directory, PHRASE, clock, SystemRandomness())
    return directory


def is_whole(directory: Path) -> bool:
    findings = proof.prove(directory)
    return bool(findings) and not [fault for finding in findings for fault in finding.report.faults]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "region.backup"


def test_what_came_after_the_backup_comes_back_with_the_units(
    directory: Path, unit: Unit, clock: StillClock, file: Path, tmp_path: Path
) -> None:
    unit.register_vehicle()
    meets(directory, clock, unit)
    made = saved(directory, file, clock)
    unit.closed(unit.submit())
    [before] = meets(directory, clock, unit)

    restored = back(file, tmp_path / "back", clock)

    assert made.operations < unit.replica.held
    assert is_whole(restored)
    assert meets(restored, clock, unit) == [before]
    assert is_whole(restored)


def test_a_receipt_given_after_the_backup_comes_back_and_still_proves_the_earlier_time(
    directory: Path, unit: Unit, clock: StillClock, file: Path, tmp_path: Path
) -> None:
    meets(directory, clock, unit)
    saved(directory, file, clock)
    unit.register_vehicle()
    for _ in range(3):  # each with a receipt of its own
        unit.closed(unit.submit())
        meets(directory, clock, unit)
    clock.time_ms += 30 * 24 * HOUR_MS

    restored = back(file, tmp_path / "back", clock)
    meets(restored, clock, unit)

    with region_of(restored, clock) as region:
        here, there = region.replica("lyj"), unit.replica
        author = unit.grant.author
        for seq in range(1, there.made + 1):
            asked = author, seq - 1, seq
            assert here._log.receipts.receipts_about(*asked) == there._log.receipts.receipts_about(*asked), seq


def test_what_central_wrote_after_the_backup_stands_and_it_goes_on_under_another_life(
    directory: Path, unit: Unit, clock: StillClock, file: Path, tmp_path: Path
) -> None:
    meets(directory, clock, unit)
    saved(directory, file, clock)
    first = keys.load(directory).author
    with region_of(directory, clock) as region:
        _says(region, unit, clock, heard_hours_ago=30)
    meets(directory, clock, unit)

    restored = back(file, tmp_path / "back", clock)
    with region_of(restored, clock) as region:
        second = region.author
        assert first != second
        _says(region, unit, clock, heard_hours_ago=80)
    meets(restored, clock, unit)

    assert {first, second} <= set(unit.replica.state.heads)
    assert not unit.replica.forks
    assert is_whole(restored)


def _says(region: Region, unit: Unit, clock: StillClock, *, heard_hours_ago: int) -> None:
    """Central puts something of its own on record: that a unit was not heard."""
    from fleet.desk.alarms import record_silence
    from fleet.rules.alarm.unit import silence

    replica, now_ms = region.replica(unit.code), clock.now_ms()
    heard_ms = now_ms - heard_hours_ago * HOUR_MS
    verdict = silence(unit.code, heard_ms, now_ms, (), replica.state.settings)
    assert record_silence(replica, region.author, verdict, heard_ms, now_ms)


def test_a_node_granted_after_the_backup_is_known_again_and_no_number_is_given_twice(
    directory: Path, unit: Unit, clock: StillClock, file: Path, tmp_path: Path
) -> None:
    meets(directory, clock, unit)
    saved(directory, file, clock)
    later = Unit(directory, clock, "slj", "水利局")

    restored = back(file, tmp_path / "back", clock)
    meanwhile = Unit(restored, clock, "nmj", "农牧局")
    meets(restored, clock, unit, later, meanwhile)

    with region_of(restored, clock) as region:
        assert {one.code: one.name for one in region.units()}["slj"] == "水利局"
    assert meanwhile.grant.author.node > later.grant.author.node > unit.grant.author.node


def test_two_restores_of_one_backup_are_two_lives(
    directory: Path, clock: StillClock, file: Path, tmp_path: Path
) -> None:
    saved(directory, file, clock)
    drawn = iter((bytes(8), bytes(7) + b"\1"))

    class Drawing(SystemRandomness):
        def bytes(self, size: int) -> bytes:
            return next(drawn) if size == 8 else super().bytes(size)

    for name in ("one", "other"):
        backup.restore(file, tmp_path / name, PHRASE, clock, Drawing())

    lives = {keys.load(tmp_path / name).author for name in ("one", "other")} | {keys.load(directory).author}
    assert len(lives) == 3


def test_accounts_keys_settings_and_fingerprint_are_what_they_were(
    directory: Path, clock: StillClock, file: Path, tmp_path: Path
) -> None:
    (directory / settings.FILE_NAME).write_text(
        (directory / settings.FILE_NAME).read_text(encoding="utf-8") + "# the admin's own remark\n", encoding="utf-8"
    )
    saved(directory, file, clock)
    restored = back(file, tmp_path / "back", clock)

    old, new = keys.load(directory), keys.load(restored)
    assert (old.root.public, old.central.public, old.ca_pem) == (new.root.public, new.central.public, new.ca_pem)
    keys.require_fit_to_serve(restored, new)
    assert (restored / settings.FILE_NAME).read_text(encoding="utf-8").endswith("# the admin's own remark\n")
    assert settings.load(restored).addresses == settings.load(directory).addresses
    with region_of(restored, clock) as region:
        assert accounts.fits(PASSPHRASE, accounts.attempt(region.connection, "admin", now_ms=clock.now_ms()))
    assert (restored.stat().st_mode | (restored / "core.db").stat().st_mode) & 0o077 == 0


def test_no_key_and_no_accounts_hash_is_in_the_file_and_radio_keys_never_travel(
    directory: Path, clock: StillClock, file: Path, tmp_path: Path
) -> None:
    (directory / "keys" / "radio.keys").write_bytes(b"agreed with nodes, counters and all")
    saved(directory, file, clock)

    with zipfile.ZipFile(file) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"argon2id" not in everything
    assert file.stat().st_mode & 0o077 == 0
    for name in keys.SECRET:
        assert (directory / "keys" / name).read_bytes() not in everything
    assert not (back(file, tmp_path / "back", clock) / "keys" / "radio.keys").exists()
    assert is_whole(directory), "the region itself keeps its accounts"


@pytest.mark.anyio
async def test_the_time_between_backup_and_restore_is_no_units_silence(
    directory: Path, unit: Unit, clock: StillClock, file: Path, tmp_path: Path
) -> None:
    from central import service

    meets(directory, clock, unit)
    async with service.running(directory, settings.load(directory), keys.load(directory), clock) as served:
        await Silence(served).turn()
        saved(directory, file, clock)
    clock.time_ms += 40 * 24 * HOUR_MS

    restored = back(file, tmp_path / "back", clock)

    async with service.running(restored, settings.load(restored), keys.load(restored), clock) as served:
        clock.time_ms += SETTLE_MS // 2
        assert await Silence(served).turn() == 0


@pytest.mark.parametrize("how", WAYS)
def test_whatever_of_a_backup_was_touched_is_noticed_and_nothing_is_restored(
    directory: Path, clock: StillClock, file: Path, tmp_path: Path, how: str
) -> None:
    saved(directory, file, clock)
    for copy in touched(file, tmp_path, how):
        with pytest.raises(NotTrusted, match="backup_wrong"):
            back(copy, tmp_path / "back", clock)
        assert not (tmp_path / "back").exists()


def _over_another(directory: Path, file: Path, clock: StillClock) -> None:
    saved(directory, file, clock)
    back(file, directory, clock)


def _with_another_passphrase(directory: Path, file: Path, clock: StillClock) -> None:
    saved(directory, file, clock)
    backup.restore(file, file.with_name("back"), "another passphrase", clock, SystemRandomness())


def _twice(directory: Path, file: Path, clock: StillClock) -> None:
    saved(directory, file, clock)
    saved(directory, file, clock)


def _short(directory: Path, file: Path, clock: StillClock) -> None:
    backup.write(directory, file, "short", clock, SystemRandomness())


def _elsewhere(directory: Path, file: Path, clock: StillClock) -> None:
    text = (directory / settings.FILE_NAME).read_text(encoding="utf-8")
    (directory / settings.FILE_NAME).write_text(
        text.replace('database = ""', 'database = "postgresql://db/region"'), encoding="utf-8"
    )
    saved(directory, file, clock)


@pytest.mark.parametrize(
    ("done", "refusal", "code"),
    [
        (_over_another, RuleBroken, "central_exists"),
        (_with_another_passphrase, NotAllowed, "passphrase_wrong"),
        (_twice, BadInput, "file_exists"),
        (_short, BadInput, "passphrase_short"),
        (_elsewhere, BadInput, "database_elsewhere"),
    ],
)
def test_what_is_refused_leaves_everything_as_it_was(
    directory: Path, clock: StillClock, file: Path, done: object, refusal: type[FleetError], code: str
) -> None:
    with pytest.raises(refusal, match=code):
        done(directory, file, clock)  # type: ignore[operator]

    assert not [one for one in file.parent.iterdir() if one not in (directory, file)]


def test_the_copy_is_of_one_moment_while_central_writes(
    directory: Path, unit: Unit, clock: StillClock, file: Path, tmp_path: Path
) -> None:
    with region_of(directory, clock) as region:
        for _ in range(5):
            unit.submit()
            talk(region, unit)
        made = saved(directory, file, clock)
        unit.submit()
        talk(region, unit)

    restored = back(file, tmp_path / "back", clock)

    with closing(open_reader(settings.database_url(restored, settings.load(restored)))) as reader:
        assert reader.exec_driver_sql("SELECT count(*) FROM operations").scalar() == made.operations
    assert is_whole(restored)


def test_a_region_is_saved_while_it_runs_proved_as_a_file_and_put_back_by_commands(tmp_path: Path) -> None:
    region, file, restored = tmp_path / "region", tmp_path / "region.backup", tmp_path / "back"
    made = ortoo("central", "init", region, "--name", "阿拉善盟", "--listen", "127.0.0.1:0", typed=PASSPHRASE)
    assert made.code == 0, made.err
    with running(region):
        saying = ortoo("central", "backup", region, file, typed=PHRASE, language="en")
    proved = ortoo("verify", file, language="en")
    wrong = ortoo("central", "restore", file, restored, typed="another passphrase", language="en")
    put_back = ortoo("central", "restore", file, restored, typed=PHRASE, language="en")

    assert [one.code for one in (saying, proved, wrong, put_back)] == [0, 0, 1, 0]
    print_of_root = fingerprint(keys.load(region).root.public)
    assert "read back and proved" in saying.out
    assert print_of_root in proved.out
    assert "not the passphrase" in wrong.err
    assert PHRASE not in saying.out + saying.err + put_back.out
    assert ortoo("verify", restored, language="en").code == 0
    with running(restored):
        pass
