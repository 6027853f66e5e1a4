"""The HTTPS link against a real TLS server on the loopback: only central's own authority is believed."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from edge.sync import https
from edge.sync.https import HttpsLink
from fleet.errors import NotTrusted, Unavailable
from tests.edge.sync.tls import ELSEWHERE, Server, authority, http, serving
from tests.edge.unit import chance

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path) as server:
        yield server


def link_to(server: Server, *, ca_pem: str | None = None) -> HttpsLink:
    link = HttpsLink(server.url, "lyj", authority("central").pem if ca_pem is None else ca_pem, chance())
    link.begin()
    return link


def counted(link: HttpsLink) -> tuple[int, int, int]:
    return link.bytes_up, link.bytes_down, link.round_trips


async def down(link: HttpsLink) -> str:
    """Why a turn failed; a turn that failed is not counted."""
    before = counted(link)
    with pytest.raises(Unavailable, match="link_down") as refused:
        await link.turn(b"hello")
    assert counted(link) == before
    return str(refused.value.facts["detail"])


async def test_a_turn_posts_the_frames_to_the_units_address_and_counts_both_ways(server: Server) -> None:
    server.answer = http(200, b"their frames")
    async with link_to(server) as link:
        assert await link.turn(b"our frames") == b"their frames"
        assert counted(link) == (10, 12, 1)

    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /sync/lyj HTTP/1.1\r\n")
    assert body == b"our frames"


async def test_a_turn_says_which_of_which_conversation_it_is_and_is_asked_again_until_it_is_answered(
    server: Server,
) -> None:
    async with link_to(server) as link:
        server.answer = b""
        await down(link)
        assert (link.under_way, link.room) == (True, 0)
        server.answer = http(200, b"their frames", "Connection: close")
        assert await link.turn(b"") == b"their frames"
        assert not link.under_way
        await link.turn(b"more")
        link.begin()
        await link.turn(b"anew")

    asked = [request.partition(b"\r\n\r\n") for request in server.requests]
    names = [re.findall(rb"(?i)ortoo-talk: ([0-9a-f]{32})\r", head + b"\r")[0] for head, _, _ in asked]
    turns = [re.findall(rb"(?i)ortoo-turn: (\d+)\r", head + b"\r")[0] for head, _, _ in asked]
    assert [body for _, _, body in asked] == [b"hello", b"hello", b"more", b"anew"]
    assert turns == [b"0", b"0", b"1", b"0"]
    assert names[0] == names[1] == names[2] != names[3]


async def test_a_conversation_that_central_does_not_know_is_told_apart_from_a_refusal(server: Server) -> None:
    server.answer = http(410, b"")
    async with link_to(server) as link:
        with pytest.raises(Unavailable, match="talk_over"):
            await link.turn(b"hello")


async def test_a_server_of_another_authority_hears_nothing_of_us(tmp_path: Path) -> None:
    async with serving(tmp_path, by="someone else") as server, link_to(server) as link:
        assert "CERTIFICATE_VERIFY_FAILED" in await down(link)

        assert server.requests == []


async def test_a_certificate_for_another_address_is_not_believed(tmp_path: Path) -> None:
    async with serving(tmp_path, address=ELSEWHERE) as server, link_to(server) as link:
        assert "CERTIFICATE_VERIFY_FAILED" in await down(link)

        assert server.requests == []


@pytest.mark.parametrize("ca_pem", ["", "not a certificate", "-----BEGIN CERTIFICATE-----\nAA\n"])
async def test_without_an_authority_nobody_is_believed_not_even_those_the_system_trusts(
    server: Server, tmp_path: Path, ca_pem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "system.pem").write_text(authority("central").pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "system.pem"))
    async with link_to(server, ca_pem=ca_pem) as link:
        await down(link)

    assert server.requests == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "ftp://127.0.0.1:{port}", "https://[::1", ""])
async def test_an_address_that_is_not_https_is_never_spoken_to(server: Server, url: str) -> None:
    link = HttpsLink(url.format(port=server.port), "lyj", authority("central").pem, chance())
    async with link:
        await down(link)

    assert server.requests == []


async def test_no_proxy_of_the_environment_comes_between(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answer = http(200, b"ok")
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with link_to(server) as link:
        assert await link.turn(b"hello") == b"ok"


@pytest.mark.parametrize("status", [403, 404])
async def test_a_central_that_will_not_talk_to_us_is_told_apart_from_a_bad_link(server: Server, status: int) -> None:
    server.answer = http(status, b"no")
    async with link_to(server) as link:
        with pytest.raises(NotTrusted, match="central_refused"):
            await link.turn(b"hello")


@pytest.mark.parametrize("status", [204, 301, 302, 307, 400, 401, 413, 500, 502, 503, 507])
async def test_any_other_answer_is_a_link_that_is_down_and_no_detour_is_followed(server: Server, status: int) -> None:
    server.answer = http(status, b"", f"Location: {server.url}/elsewhere")
    async with link_to(server) as link:
        with pytest.raises(Unavailable, match="link_down"):
            await link.turn(b"hello")

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="hung up without a word"),
        pytest.param(http(200, b"half", length=100), id="cut in the middle of the answer"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", id="cut between two chunks"
        ),
        pytest.param(b"220 mail.example ESMTP\r\n", id="not a web server"),
    ],
)
async def test_an_answer_that_does_not_come_to_its_end_is_no_answer(server: Server, answer: bytes) -> None:
    server.answer = answer
    async with link_to(server) as link:
        await down(link)


async def test_a_server_that_says_nothing_is_given_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(https, "TIMEOUT", httpx.Timeout(0.2))
    server.answer = None
    async with link_to(server) as link:
        assert await down(link) == "ReadTimeout"


async def test_an_answer_without_end_is_cut_off(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(https, "ANSWER_SIZE_MAX", 1000)
    server.answer = http(200, b"x" * 1001)
    async with link_to(server) as link:
        assert await down(link) == "answer too large"


async def test_nothing_packed_is_asked_for_and_what_comes_packed_is_not_unpacked(server: Server) -> None:
    packed = gzip.compress(bytes(1 << 24))
    server.answer = http(200, packed, "Content-Encoding: gzip")
    async with link_to(server) as link:
        assert await link.turn(b"hello") == packed

    assert b"accept-encoding: identity" in server.requests[0].lower()


async def test_a_link_that_was_down_works_as_soon_as_the_server_does(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        link = link_to(server)
    async with link:
        await down(link)
        async with serving(tmp_path, port=server.port) as again:
            again.answer = http(200, b"ok")
            assert await link.turn(b"hello") == b"ok"
