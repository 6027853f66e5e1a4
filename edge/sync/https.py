"""The HTTPS link: one request carries one turn of a conversation that stays open (see `fleet.ledger.talks`). Central's
certificate authority is pinned: no other is asked, and nothing goes out in the clear.

A turn whose answer did not come is under way until it has been asked again and answered.

Bytes are counted as they are handed over; what TLS adds is not in the figures. Anything that is not a clean answer is
`Unavailable("link_down")` with the reason, or NotTrusted if central refuses us.
"""

from __future__ import annotations

import logging
import ssl
from types import TracebackType
from typing import Self

import httpx

from fleet.errors import NotTrusted, Unavailable
from fleet.ledger.bound import called
from fleet.ledger.talks import NAME_SIZE
from fleet.ports import Randomness

log = logging.getLogger(__name__)

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
ANSWER_SIZE_MAX = 8 << 20
TURN_SIZE = 1 << 20
GONE = 410


class TurnsLink:
    """A conversation in turns that are requests to one address; see `edge.sync.conversation.Link`."""

    greets_first = False

    def __init__(self, url: str, client: httpx.AsyncClient, randomness: Randomness) -> None:
        self.bytes_up = self.bytes_down = self.round_trips = 0
        self._url, self._client, self._randomness = url, client, randomness
        self._name, self._turn, self._said = b"", 0, b""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    @property
    def under_way(self) -> bool:
        """Whether the answer to what was said last has not come."""
        return bool(self._said)

    @property
    def room(self) -> int:
        """Bytes the next turn may carry."""
        return 0 if self._said else TURN_SIZE

    def begin(self) -> None:
        """What was under way is given up; the next turn is the first of another conversation."""
        self._name, self._turn, self._said = self._randomness.bytes(NAME_SIZE), 0, b""

    async def turn(self, outgoing: bytes) -> bytes:
        """Send our frames, or once more those whose answer did not come; return theirs.

        Raises:
            Unavailable: `link_down`: no route, refused, cut, too slow, or no sensible answer; `talk_over`: the other
                end knows nothing of this conversation any more.
            NotTrusted: `central_refused`: the other end answered and will not talk to this node.
        """
        self._said = self._said or outgoing
        answer = await self._post(self._said)
        self._turn, self._said = self._turn + 1, b""
        return answer

    async def _post(self, outgoing: bytes) -> bytes:
        which = {"Ortoo-Talk": self._name.hex(), "Ortoo-Turn": str(self._turn)}
        try:
            async with self._client.stream("POST", self._url, content=outgoing, headers=which) as response:
                answer = await heard(response, ANSWER_SIZE_MAX)
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
            raise Unavailable("link_down", detail=str(error) or type(error).__name__) from error
        self.bytes_up += len(outgoing)
        self.bytes_down += len(answer)
        self.round_trips += 1
        if response.status_code == GONE:
            raise Unavailable("talk_over")
        if response.status_code in {403, 404}:
            raise NotTrusted("central_refused", status=response.status_code)
        if response.status_code not in {200, 201}:
            raise Unavailable("link_down", detail=f"HTTP {response.status_code}")
        return answer


async def heard(response: httpx.Response, size_max: int) -> bytes:
    """What somebody answers, as it comes: what he packed is not unpacked.

    Raises:
        Unavailable: `link_down`: it is longer than `size_max` bytes.
    """
    answer = bytearray()
    async for chunk in response.aiter_raw():
        answer += chunk
        if len(answer) > size_max:
            raise Unavailable("link_down", detail="answer too large")
    return bytes(answer)


class HttpsLink(TurnsLink):
    """A way to central."""

    def __init__(self, url: str, unit: str, ca_pem: str, randomness: Randomness) -> None:
        super().__init__(f"{url.rstrip('/')}/sync/{unit}", client_of(_trusting_only(ca_pem)), randomness)

    @property
    def bound(self) -> bytes:
        """What central knows the conversation begun last by."""
        return called(self._name)

    async def _post(self, outgoing: bytes) -> bytes:
        if not self._url.startswith("https://"):
            raise Unavailable("link_down", detail=self._url)
        return await super()._post(outgoing)


def client_of(context: ssl.SSLContext) -> httpx.AsyncClient:
    """A client that asks nobody on the way, and for nothing packed."""
    plain = {"Accept-Encoding": "identity"}
    return httpx.AsyncClient(verify=context, timeout=TIMEOUT, headers=plain, trust_env=False)


def _trusting_only(ca_pem: str) -> ssl.SSLContext:
    """A context that believes this authority and none of the system's; one that cannot be read is no authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cadata=ca_pem)
    except (ssl.SSLError, ValueError) as error:
        log.error("central's certificate authority cannot be read: %s", error)
    return context
