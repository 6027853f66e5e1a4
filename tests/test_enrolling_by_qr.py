"""A node is enrolled by QR codes and by words on the telephone: no file, no stick, no network."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import ortoo
from courier import qr
from fleet.ledger.slips import slips

Command = Callable[..., str]
PIN, PASSPHRASE = "82461357", "骑马过草原 2026"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`ortoo …`, done; `scanned` is what a scanner types, `secret` what is read from a descriptor."""

    def run(*arguments: object, scanned: str = "", secret: str = "") -> str:
        given = [*map(str, arguments)]
        if secret:
            reading, writing = os.pipe()
            os.write(writing, f"{secret}\n".encode())
            os.close(writing)
            given += ["--pin-fd", str(reading)]
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["ortoo", *given])
        monkeypatch.setattr(sys, "stdin", io.StringIO(scanned))
        with pytest.raises(SystemExit) as left:
            ortoo.main()
        said = capsys.readouterr()
        assert left.value.code == 0, said.err
        return said.out

    return run


def drawn_codes(out: str) -> list[list[str]]:
    """The codes on a screen, each as its rows."""
    codes: list[list[str]] = []
    for line in out.splitlines():
        if re.fullmatch("[█▀▄ ]{20,}", line):
            codes[-1].append(line)
        else:
            codes.append([])
    return [code for code in codes if code]


def aloud(out: str) -> list[str]:
    """The lines that say a fingerprint in words."""
    return re.findall(r"^(?:念作|In words): (.*)$", out, re.M)


def test_a_node_is_enrolled_by_codes_and_both_ends_say_the_same_words(tmp_path: Path, command: Command) -> None:
    central, node, file = tmp_path / "central", tmp_path / "node", tmp_path / "file"
    made = command("central", "init", central, "--name=盟", "--listen=127.0.0.1:0", secret=PASSPHRASE)
    inited = command("node", "init", node, "--unit=lyj", "--name=林草局")
    command("enrol", "person", node, "--id=1001", "--name=王芳", "--role=applicant", secret=PIN)

    asked = command("enrol", "request", node, "--out", file, "--qr")
    shown = drawn_codes(asked)
    assert shown == [qr.drawn(qr.code(slip), coloured=False) for slip in slips(file.read_bytes())]
    assert max(len(row) for code in shown for row in code) <= qr.WIDTH_MAX

    scanned = "\n".join(reversed(slips(file.read_bytes()))) + "\n"
    granted = command(
        "enrol", "grant", central, "-", "--out", file, "--qr-file", tmp_path / "grant.png", "--yes", scanned=scanned
    )
    pictures = sorted(tmp_path.glob("grant*.png"))
    assert len(pictures) == len(slips(file.read_bytes())) > 1
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)

    damaged = "nonsense\n" + "\n\n".join(slips(file.read_bytes())) + "\n"
    accepted = command("enrol", "accept", node, "-", scanned=damaged)

    assert aloud(inited) == aloud(asked) == aloud(granted)[:1]
    assert aloud(made) == aloud(granted)[1:] == aloud(accepted)
    assert aloud(made) != aloud(asked)


def test_scanning_that_ends_too_early_says_what_is_missing(tmp_path: Path) -> None:
    made = slips(os.urandom(900))
    said = io.StringIO("\n".join(made[1:]))

    with pytest.raises(Exception, match="slips_missing") as refused:
        qr.receive(Path("-"), 1 << 16, said)
    assert refused.value.facts == {"numbers": "1"}  # type: ignore[attr-defined]


@pytest.mark.parametrize(("suffix", "begins"), [(".png", b"\x89PNG"), (".svg", b"<?xml")])
def test_pictures_are_of_the_kind_their_name_says(tmp_path: Path, suffix: str, begins: bytes) -> None:
    qr.give(b"a small file", qr=False, qr_file=tmp_path / f"code{suffix}")

    assert (tmp_path / f"code{suffix}").read_bytes().startswith(begins)
    with pytest.raises(Exception, match="qr_file_wrong"):
        qr.give(b"a small file", qr=False, qr_file=tmp_path / "code.doc")


def test_a_code_on_a_terminal_with_colours_is_dark_on_light() -> None:
    code = qr.code(slips(b"a small file")[0])
    plain, coloured = qr.drawn(code, coloured=False), qr.drawn(code, coloured=True)
    turned = str.maketrans("█▀▄ ", " ▄▀█")

    assert [row.translate(turned) for row in plain] == [
        row.removeprefix(qr.ON_PAPER).removesuffix(qr.PLAIN) for row in coloured
    ]
    assert set(plain[0]) == {"█"}
