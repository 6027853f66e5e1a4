"""Central's settings: one TOML file in its directory, read once at start; an unknown or wrong line is refused by name.

DIR/central.toml   settings        DIR/core.db   everything held, unless `database` names another
DIR/keys/          the root's key, central's own, and those of its TLS certificate; nobody else may read them
"""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from cable.radio import Radio
from central.database import file_url
from fleet.errors import BadInput, NotFound
from machine.files import write_whole

FILE_NAME = "central.toml"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a region may set. `addresses` are the names nodes reach central by; its certificate holds them. `radios` are
    the modems nodes call central over, one `[[radios]]` each (see `cable.radio`). No node is granted a number below
    `first_node`, which a restore raises."""

    name: str
    host: str
    port: int
    addresses: tuple[str, ...]
    timezone: str = "Asia/Shanghai"
    session_hours: int = 8
    database: str = ""
    first_node: int = 1
    radios: tuple[Radio, ...] = ()

    def __post_init__(self) -> None:
        if not self.name or not 0 <= self.port < 1 << 16 or not 1 <= self.session_hours <= 24:
            raise ValueError("name, port or session_hours")
        if not 1 <= self.first_node < 1 << 31:
            raise ValueError("first_node")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"timezone {self.timezone}") from None

    def url(self) -> str:
        """Where nodes find central, by the first of its addresses."""
        address = self.addresses[0] if self.addresses else self.host
        return f"https://{f'[{address}]' if ':' in address else address}:{self.port}"


def load(directory: Path) -> Settings:
    """Read DIR/central.toml.

    Raises:
        NotFound: `no_central`: the directory holds no central server.
        BadInput: `settings_wrong`, with what is wrong in `detail`.
    """
    path = directory / FILE_NAME
    if not path.is_file():
        raise NotFound("no_central", directory=str(directory))
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Settings)
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadInput("settings_wrong", file=str(path), detail=str(error)) from None


def save(directory: Path, settings: Settings) -> None:
    """Write DIR/central.toml with every value spelled out, so that an admin sees what can be set."""
    values = msgspec.to_builtins(settings)
    radios = values.pop("radios")
    lines = [*map(_line, values.items())]
    for radio in radios:
        lines += ["\n[[radios]]\n", *map(_line, radio.items())]
    write_whole(directory / FILE_NAME, "".join(lines).encode())  # the database's address may hold a password


def raise_first_node(directory: Path, first_node: int) -> None:
    """Write into DIR/central.toml that no node is granted a number below `first_node`; all else stays as it is."""
    path = directory / FILE_NAME
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("first_node")]
    path.write_text("\n".join([f"first_node = {first_node}", *kept, ""]), encoding="utf-8")


def _line(named: tuple[str, object]) -> str:
    return f"{named[0]} = {msgspec.json.encode(named[1]).decode()}\n"


def database_url(directory: Path, settings: Settings) -> str:
    """The database of a directory: the one its settings name, or its own file."""
    return settings.database or file_url(directory)
