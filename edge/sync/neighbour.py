"""The link to another node of the unit, over the unit's own network: HTTPS to its pages, whose certificate is its own.

    connect ──▶ who is it? (certificate, signed over this very TLS) ──▶ who we are ──▶ turns, to that TLS and no other

Nobody vouches for the TLS certificate but the node's key, so it is looked at first and then pinned. Without TLS only
this machine itself is spoken to.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from urllib.parse import urlsplit

import httpx

from edge.sync.https import TurnsLink, client_of, heard
from fleet.errors import NotTrusted, Unavailable
from fleet.ledger import acquaintance
from fleet.ledger.acquaintance import MESSAGE_SIZE_MAX, Me
from fleet.ledger.bound import neighbourly
from fleet.ports import Clock, Randomness

CONNECT_S = 5.0
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class NeighbourLink(TurnsLink):
    """A way to the node whose pages are at `url`."""

    greets_first = True

    def __init__(self, url: str, me: Me, clock: Clock, randomness: Randomness) -> None:
        super().__init__(f"{url.rstrip('/')}/peer/turns", _client(b""), randomness)
        self._door, self._me, self._clock = f"{url.rstrip('/')}/peer", me, clock
        self._met = False

    @property
    def bound(self) -> bytes:
        """What the other node knows the conversation begun last by."""
        return neighbourly(self._name)

    def begin(self) -> None:
        """What was under way is given up; the next turn is the first of another conversation."""
        super().begin()
        self._met = False

    async def _post(self, outgoing: bytes) -> bytes:
        if not self._met:
            await self._meet()
            self._met = True
        return await super()._post(outgoing)

    async def _meet(self) -> None:
        """Find out who is there, and say who we are.

        Raises:
            Unavailable: `link_down`.
            NotTrusted: it is no node of our unit, or does not take us for one.
        """
        certificate = await self._certificate()
        await self._client.aclose()
        self._client = _client(certificate)
        channel = hashlib.sha256(certificate).digest() if certificate else b""
        try:
            async with self._client.stream("GET", self._door) as introduced:
                said = await heard(introduced.raise_for_status(), MESSAGE_SIZE_MAX)
            acquaintance.believe_host(self._me, said, channel, self._clock.now_ms())
            ours = acquaintance.introduce_caller(self._me, said, channel, self._name)
            which = {"Ortoo-Talk": self._name.hex(), "Ortoo-Challenge": acquaintance.challenge_in(said).hex()}
            async with self._client.stream("POST", self._door, content=ours, headers=which) as answer:
                await heard(answer, MESSAGE_SIZE_MAX)
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
            raise Unavailable("link_down", detail=str(error) or type(error).__name__) from error
        if answer.status_code == httpx.codes.FORBIDDEN:
            raise NotTrusted("neighbour_refused")
        if answer.is_error:
            raise Unavailable("link_down", detail=f"HTTP {answer.status_code}")

    async def _certificate(self) -> bytes:
        """The TLS certificate of whoever is there, whoever that is; b"" on the loopback without TLS."""
        try:
            parts = urlsplit(self._door)
            host, port = parts.hostname or "", parts.port or 443
        except ValueError:
            raise Unavailable("link_down", detail=self._door) from None
        if parts.scheme == "http" and host in LOOPBACK:
            return b""
        if parts.scheme != "https":
            raise Unavailable("link_down", detail=self._door)
        try:
            async with asyncio.timeout(CONNECT_S):
                _, writer = await asyncio.open_connection(host, port, ssl=_unproved())
        except (OSError, TimeoutError) as error:
            raise Unavailable("link_down", detail=str(error) or type(error).__name__) from error
        certificate: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        return certificate


def _unproved() -> ssl.SSLContext:
    """A context that believes anybody: only the certificate is asked for, and nothing said."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _client(certificate: bytes) -> httpx.AsyncClient:
    """A client that speaks TLS with the holder of this certificate and nobody else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False  # the certificate itself is pinned, whatever it calls itself
    if certificate:
        context.load_verify_locations(cadata=certificate)
    return client_of(context)
