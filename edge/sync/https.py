"""The HTTPS link: one request carries one turn of the conversation. Central's certificate authority is pinned: no other
is asked, and nothing goes out in the clear.

Bytes are counted as they are handed over; what TLS adds is not in the figures. Anything that is not a clean answer is
`Unavailable("link_down")` with the reason, or NotTrusted if central refuses us.
"""

from __future__ import annotations

import logging
import ssl
from types import TracebackType

import httpx

from fleet.errors import NotTrusted, Unavailable

log = logging.getLogger(__name__)

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
ANSWER_SIZE_MAX = 8 << 20


class HttpsLink:
    """A way to central. `bytes_up`, `bytes_down` and `round_trips` count since it was opened."""

    def __init__(self, url: str, unit: str, ca_pem: str) -> None:
        self.bytes_up = self.bytes_down = self.round_trips = 0
        self._url = f"{url.rstrip('/')}/sync/{unit}"
        self._client = httpx.AsyncClient(verify=_trusting_only(ca_pem), timeout=TIMEOUT, trust_env=False)

    async def __aenter__(self) -> HttpsLink:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def turn(self, outgoing: bytes) -> bytes:
        """Send our frames, return theirs.

        Raises:
            Unavailable: `link_down`: no route, refused, cut, too slow, or no sensible answer.
            NotTrusted: `central_refused`: central answered and will not talk to this node.
        """
        if not self._url.startswith("https://"):
            raise Unavailable("link_down", detail=self._url)
        answer = bytearray()
        try:
            async with self._client.stream("POST", self._url, content=outgoing) as response:
                async for chunk in response.aiter_bytes():
                    answer += chunk
                    if len(answer) > ANSWER_SIZE_MAX:
                        raise Unavailable("link_down", detail="answer too large")
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
            raise Unavailable("link_down", detail=str(error) or type(error).__name__) from error
        self.bytes_up += len(outgoing)
        self.bytes_down += len(answer)
        self.round_trips += 1
        if response.status_code in {403, 404}:
            raise NotTrusted("central_refused", status=response.status_code)
        if response.status_code not in {200, 201}:
            raise Unavailable("link_down", detail=f"HTTP {response.status_code}")
        return bytes(answer)


def _trusting_only(ca_pem: str) -> ssl.SSLContext:
    """A context that believes this authority and none of the system's; one that cannot be read is no authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cadata=ca_pem)
    except (ssl.SSLError, ValueError) as error:
        log.error("central's certificate authority cannot be read: %s", error)
    return context
