"""The package a unit installs from a stick: refused before it writes where it cannot work; and its services."""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGING = Path(__file__).parent.parent / "packaging"
HERE = f"cp{sys.version_info[0]}{sys.version_info[1]}-{platform.machine()}"
SERVICES = ("ortoo-node.service", "ortoo-central.service")


def a_package(folder: Path, *, kind: str = HERE) -> Path:
    """A package with everything but its wheels, and the checksums of what is in it."""
    folder.mkdir()
    for name in ("install.sh", *SERVICES):
        shutil.copy(PACKAGING / name, folder / name)
    (folder / "KIND").write_text(f"{kind}\n")
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  ./{path.name}\n" for path in sorted(folder.iterdir())]
    (folder / "SHA256SUMS").write_text("".join(sums))
    return folder


def install(package: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([package / "install.sh", *arguments], capture_output=True, text=True, check=False)


def test_a_damaged_copy_installs_nothing(tmp_path: Path) -> None:
    package, root = a_package(tmp_path / "package"), tmp_path / "root"
    (package / "ortoo-node.service").write_text("cut short")
    done = install(package, "--root", str(root))

    assert done.returncode == 1
    assert "copy it again" in done.stderr
    assert not root.exists()


def test_another_kind_of_machine_is_told_what_the_package_is_for(tmp_path: Path) -> None:
    package, root = a_package(tmp_path / "package", kind="cp38-riscv64"), tmp_path / "root"
    done = install(package, "--root", str(root))

    assert done.returncode == 1
    assert "cp38-riscv64" in done.stderr
    assert not root.exists()


def test_a_wrong_call_shows_how_it_is_called(tmp_path: Path) -> None:
    done = install(a_package(tmp_path / "package"), "--everything")

    assert done.returncode == 2
    assert "--root DIR" in done.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_runs_with_no_right_it_does_not_need(service: str) -> None:
    lines = (PACKAGING / service).read_text().splitlines()

    assert {"User=ortoo", "CapabilityBoundingSet=", "NoNewPrivileges=yes", "ProtectSystem=strict", "UMask=0077"} <= set(
        lines
    )


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd on this machine")
@pytest.mark.parametrize("service", SERVICES)
def test_systemd_understands_every_line_of_a_service(service: str, tmp_path: Path) -> None:
    """`verify` looks for the program as well, so it is one that is there."""
    text = (PACKAGING / service).read_text().replace("/opt/ortoo/current/bin/ortoo", "/bin/true")
    (tmp_path / service).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", "--man=no", tmp_path / service],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if service in line] == []
