"""A node's settings: what an admin wrote is taken or refused by name, and what the program writes it can read."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cable.radio import Radio
from edge.settings import FILE_NAME, Line, Settings, as_toml, load
from fleet.errors import BadInput, NotFound
from fleet.ledger.names import UNIT
from fleet.words import LANGUAGES

LEAST = 'unit = "lyj"\nunit_name = "林草局"\n'


def written(home: Path, text: str | bytes) -> Path:
    (home / FILE_NAME).write_bytes(text if isinstance(text, bytes) else text.encode())
    return home


def refusal(home: Path, text: str | bytes) -> str:
    with pytest.raises(BadInput) as refused:
        load(written(home, text))
    assert refused.value.code == "settings_wrong"
    assert refused.value.facts["file"] == str(home / FILE_NAME)
    return str(refused.value.facts["detail"])


def test_only_the_unit_must_be_named_everything_else_has_a_default(tmp_path: Path) -> None:
    settings = load(written(tmp_path, LEAST))

    assert settings == Settings(unit="lyj", unit_name="林草局")
    assert (settings.host, settings.lines) == ("127.0.0.1", ())


def test_a_directory_without_settings_holds_no_node(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no_node") as refused:
        load(tmp_path)

    assert refused.value.facts["directory"] == str(tmp_path)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (LEAST + "silent_after = 600\n", "silent_after"),
        (LEAST + '[[lines]]\nport = "/dev/ttyS0"\nbauds = 9600\n', "bauds"),
        (LEAST + "[link]\nurl = 1\n", "link"),
        ('unit_name = "林草局"\n', "unit"),
        ('unit = "lyj"\n', "unit_name"),
        (LEAST + "[[lines]]\nbaud = 9600\n", "port"),
    ],
)
def test_a_key_that_is_unknown_or_missing_is_named(tmp_path: Path, text: str, named: str) -> None:
    assert f"`{named}`" in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("port = 0", "$.port"),
        ("port = 65536", "$.port"),
        ('port = "8088"', "$.port"),
        ('host = ""', "$.host"),
        ('language = "fr"', "$.language"),
        ("sync_idle_s = 0", "$.sync_idle_s"),
        ("sync_retry_max_s = -1", "$.sync_retry_max_s"),
        ("session_s = 0.5", "$.session_s"),
        ("sighting_every_s = 0", "$.sighting_every_s"),
        ("silent_after_s = true", "$.silent_after_s"),
        ('[[lines]]\nport = ""', "$.lines[0].port"),
        ('[[lines]]\nport = "/dev/ttyS0"\nbaud = 0', "$.lines[0].baud"),
        ('[radio]\nport = "/dev/ttyS0"\nair_bps = 299', "$.radio.air_bps"),
        ('[radio]\nport = "/dev/ttyS0"\npacket_size = 241', "$.radio.packet_size"),
        ('[radio]\nport = "/dev/ttyS0"\nair_bps = 19200', "$.radio"),
    ],
)
def test_a_value_that_cannot_be_meant_is_named(tmp_path: Path, line: str, named: str) -> None:
    assert f"`{named}`" in refusal(tmp_path, LEAST + line + "\n")


@pytest.mark.parametrize(
    ("unit", "name"), [("", "局"), ("LYJ", "局"), ("a/b", "局"), ("x" * 33, "局"), ("lyj", ""), ("lyj", "局" * 65)]
)
def test_a_unit_that_could_not_be_enrolled_is_refused(tmp_path: Path, unit: str, name: str) -> None:
    assert "$.unit" in refusal(tmp_path, f'unit = "{unit}"\nunit_name = "{name}"\n')


@pytest.mark.parametrize("text", ["unit = lyj", "unit == 1", b'unit = "\xff\xfe"', "[[lines]", LEAST + LEAST])
def test_a_file_that_is_no_toml_is_refused_with_what_is_wrong(tmp_path: Path, text: str | bytes) -> None:
    assert refusal(tmp_path, text)


printable = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=64).filter(
    str.isprintable
)
lines = st.builds(Line, port=printable, baud=st.integers(50, 4_000_000), half_duplex=st.booleans())


@hypothesis_settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    settings=st.builds(
        Settings,
        unit=st.from_regex(UNIT, fullmatch=True),
        unit_name=printable,
        host=printable,
        port=st.integers(1, 65535),
        language=st.sampled_from(LANGUAGES),
        lines=st.lists(lines, max_size=3).map(tuple),
        radio=st.none() | st.builds(Radio, port=printable, turn_ms=st.integers(0, 5_000)),
        silent_after_s=st.integers(1, 1 << 40),
    )
)
def test_what_the_program_writes_it_reads_as_the_same(tmp_path: Path, settings: Settings) -> None:
    assert load(written(tmp_path, as_toml(settings))) == settings


def test_every_setting_is_spelled_out_so_that_an_admin_sees_what_can_be_set() -> None:
    radio = Radio(port="/dev/ttyUSB0")
    settings = Settings(unit="lyj", unit_name="局", lines=(Line(port="/dev/ttyS0"),), radio=radio)
    text = tomllib.loads(as_toml(settings))

    assert set(text) == set(Settings.__struct_fields__)
    assert set(text["lines"][0]) == set(Line.__struct_fields__)
    assert set(text["radio"]) == set(Radio.__struct_fields__)
