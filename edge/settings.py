"""A node's settings: one TOML file in its directory, read once at start; an unknown or wrong line is refused by name.

DIR/node.toml      settings            DIR/core.db       the ledger: orders and everything signed
DIR/node.key       the node's key      DIR/telemetry.db  positions
DIR/device.secret  bound into PINs     DIR/local.db      wrapped keys of people, terminals' codes; never leaves
DIR/grant.cbor     what central gave   DIR/node.sock     the local API for consoles
DIR/radio.keys     shared with central over the radio
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cable.radio import Radio
from fleet.errors import BadInput, NotFound
from fleet.ledger.names import NAME_LENGTH_MAX, UNIT
from fleet.words import Language

FILE_NAME = "node.toml"
Positive = Annotated[int, Meta(ge=1)]
Natural = Annotated[int, Meta(ge=0)]


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A line with terminals on it. `port` is a device path, `socket://` or `rfc2217://` for a device server, or
    `tcp://0.0.0.0:8808` and `udp://…` to listen on.

    protocol     jt808; nmea, a receiver in `vehicle`; meshtastic, a radio whose nodes are registered as terminals
    vehicle      the plate of the vehicle an nmea line is in
    half_duplex  one voice at a time: wait for the air to be free, take out our own echo
    echo         the line gives back what is written, though both may speak
    air_bps      bits per second on the air, if the radio is slower than its cable; 0: as fast as `baud`
    turn_ms      what the radio takes to turn round
    poll_s       ask each terminal where it is so often, as far as the air allows; 0: they speak by themselves
    terminals    phones to ask before they were ever heard, 20 digits for those of the 2019 edition
    hunt         look for the right speed when only nonsense comes; never on a bus others share
    answer_timeout_s, resends   how long a terminal is waited for, and how often asked again
    """

    port: Annotated[str, Meta(min_length=1)]
    baud: Positive = 115_200
    protocol: Literal["jt808", "nmea", "meshtastic"] = "jt808"
    vehicle: str = ""
    half_duplex: bool = False
    echo: bool = False
    air_bps: Natural = 0
    turn_ms: Natural = 0
    poll_s: Natural = 0
    terminals: tuple[str, ...] = ()
    hunt: bool = False
    answer_timeout_s: Positive = 10
    resends: Natural = 2

    def __post_init__(self) -> None:
        if self.protocol != "jt808" and self.port.partition("://")[0] in ("tcp", "udp"):
            raise ValueError(f"protocol: {self.port} is for jt808")
        if (self.protocol == "nmea") != bool(self.vehicle):
            raise ValueError("vehicle: an nmea line names its vehicle, no other line does")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a unit may set. Times in seconds; docs/running.md says more.

    sync_idle_s     how often central is asked for news when nothing happens here
    sync_seal_s     how long after an act crossed the seal over it follows, for which central gives its receipt
    sync_day_bytes  what HTTPS may carry in a day, both ways, before only the urgent goes; 0: no bound
    peers           addresses of the pages of the unit's other nodes, which then tell each other everything
    radio           a modem to central, in the table [radio]: see `cable.radio`; it speaks while HTTPS fails
    radio_idle_s, radio_day_bytes   the same of the radio
    """

    unit: Annotated[str, Meta(pattern=f"^{UNIT.pattern}$")]
    unit_name: Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH_MAX)]
    host: Annotated[str, Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8088
    language: Language = "zh_CN"
    lines: tuple[Line, ...] = ()
    silent_after_s: Positive = 600
    sighting_every_s: Positive = 300
    track_interval_s: Natural = 10
    sync_idle_s: Positive = 60
    sync_retry_max_s: Positive = 300
    sync_seal_s: Natural = 15
    sync_day_bytes: Natural = 0
    peers: tuple[str, ...] = ()
    radio: Radio | None = None
    radio_idle_s: Positive = 900
    radio_day_bytes: Natural = 0
    session_s: Positive = 8 * 3600


def load(home: Path) -> Settings:
    """Read DIR/node.toml.

    Raises:
        NotFound: `no_node`: the directory holds no node.
        BadInput: `settings_wrong`, with the line's own words in `detail`.
    """
    path = home / FILE_NAME
    if not path.is_file():
        raise NotFound("no_node", directory=str(home))
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Settings)
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadInput("settings_wrong", file=str(path), detail=str(error)) from None


def as_toml(settings: Settings) -> str:
    """The text of DIR/node.toml with every value spelled out, so that an admin sees what can be set."""
    values = msgspec.to_builtins(settings)
    lines, radio = values.pop("lines"), values.pop("radio")
    head = [f"{name} = {_literal(value)}" for name, value in values.items()]
    named = [("[radio]", radio)] if radio else []
    named += [("[[lines]]", line) for line in lines]
    tables = [
        [f"\n{title}", *(f"{name} = {_literal(value)}" for name, value in table.items())] for title, table in named
    ]
    return "\n".join(head + [row for table in tables for row in table]) + "\n"


def _literal(value: object) -> str:
    return msgspec.json.encode(value).decode()
