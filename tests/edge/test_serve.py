"""The node's two doors: the console's on this machine, the pages' on the network."""

from __future__ import annotations

import socket
import stat
from pathlib import Path

import pytest
from cryptography import x509

from edge.serve import _doors
from edge.settings import Settings
from edge.tls import ensure_certificate, is_loopback
from fleet.errors import Unavailable


@pytest.fixture
def port() -> int:
    """A port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def settings(port: int, host: str = "127.0.0.1") -> Settings:
    return Settings(unit="lyj", unit_name="林草局", host=host, port=port)


def test_both_doors_are_open_and_the_consoles_is_the_owners_alone(tmp_path: Path, port: int) -> None:
    with _doors(tmp_path, settings(port)):
        assert stat.S_IMODE((tmp_path / "node.sock").stat().st_mode) == 0o600
        for family, address in ((socket.AF_UNIX, str(tmp_path / "node.sock")), (socket.AF_INET, ("127.0.0.1", port))):
            with socket.socket(family) as visitor:
                visitor.connect(address)

    assert not (tmp_path / "node.sock").exists()


def test_the_door_a_killed_node_left_behind_is_replaced(tmp_path: Path, port: int) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "node.sock"))

    with _doors(tmp_path, settings(port)), socket.socket(socket.AF_UNIX) as visitor:
        visitor.connect(str(tmp_path / "node.sock"))


def test_an_address_that_is_taken_is_named_and_the_console_of_whoever_has_it_stays(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match="address_in_use") as refused, _doors(tmp_path, settings(port)):
            pytest.fail("opened")

    assert refused.value.facts["address"] == f"127.0.0.1:{port}"
    assert not (tmp_path / "node.sock").exists()


def test_a_directory_whose_name_is_too_long_for_a_socket_is_named(tmp_path: Path, port: int) -> None:
    home = tmp_path / ("x" * 100)
    home.mkdir()

    with pytest.raises(Unavailable) as refused, _doors(home, settings(port)):
        pytest.fail("opened")

    assert refused.value.facts["address"] == str(home / "node.sock")
    assert refused.value.facts["detail"]


def test_what_goes_wrong_behind_the_doors_is_not_blamed_on_the_address(tmp_path: Path, port: int) -> None:
    def fail() -> None:
        with _doors(tmp_path, settings(port)):
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        fail()


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.5", False),
        ("node.local", False),
    ],
)
def test_only_this_machines_own_addresses_do_without_tls(host: str, alone: bool) -> None:
    assert is_loopback(host) is alone


@pytest.mark.parametrize("host", ["10.0.0.5", "0.0.0.0", "node.local", "fd00::5"])
def test_the_nodes_certificate_is_made_once_names_its_address_and_its_key_is_the_owners_alone(
    tmp_path: Path, host: str
) -> None:
    files = ensure_certificate(tmp_path, settings(8088, host))
    made = {name: Path(path).read_bytes() for name, path in files.items()}

    assert ensure_certificate(tmp_path, settings(8088, host)) == files
    assert {name: Path(path).read_bytes() for name, path in files.items()} == made
    assert stat.S_IMODE(Path(files["ssl_keyfile"]).stat().st_mode) == 0o600
    names = x509.load_pem_x509_certificate(made["ssl_certfile"]).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    listed = {str(name.value) for name in names.value}
    assert "localhost" in listed
    assert host in listed or host == "0.0.0.0"
