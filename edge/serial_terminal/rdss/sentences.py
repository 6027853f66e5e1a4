"""RDSS 2.1: the sentences of a module, as facts, and those sent to it.

    to it    CCICA read card   CCRMO,BSI,2,n beams every n s   CCTXA,card,1,mode,text send   CCDWA position
    from it  BDICI card        BDBSI beams                      BDTXR message · BDFKI result   BDDWR position

Rules kept here:
* Mode 1 is a code (hex digits), mode 2 mixed: hex that begins with A4; mode 0 is Chinese as it stands. The names of
  the facts are those of every protocol.
* Makers order BDFKI differently and the position answer was only seen in examples: fields that are not certain are
  told as they came, under `fields`. Of BDFKI only a Y or N right after TXA is taken as the `result` of a message.
Source: RDSS 2.1 as makers' public guides show it.
"""

from __future__ import annotations

from collections.abc import Callable

from edge.serial_terminal.facts import Facts
from edge.serial_terminal.rdss import text

READ_CARD, BEAMS_ONCE = "CCICA,0,00", "CCRMO,BSI,2,0"
BEAMS = 10
NO_CARD = 0
SENT = {"Y": "accepted", "N": "failed"}


def send(card: int, raw: bytes) -> str:
    """The sentence that sends a message's bytes (`text.written`, or a code) to a card."""
    mode = 2 if raw[:1] == bytes((text.MIXED,)) else 1
    return f"CCTXA,{card:07d},1,{mode},{raw.hex().upper()}"


def read(raw: bytes) -> Facts:
    """Tell a sentence; `sentence` is its name. Never raises: what does not fit its table keeps its fields."""
    address, *fields = raw.decode("gbk", "replace").split(",")
    told: Facts = {"sentence": address, "checksum_ok": True}
    reader = _READERS.get(address)
    if reader:
        try:
            return told | reader(fields)
        except (ValueError, IndexError, OverflowError):
            pass
    return told | {"fields": fields}


def _card(fields: list[str]) -> Facts:
    return {
        "card": int(fields[0]),
        "card_ready": int(fields[0]) != NO_CARD,
        "class": int(fields[3]),
        "period_s": int(fields[4]),
        "level": int(fields[5]),
        "encrypted": fields[6] == "E",
    }


def _beams(fields: list[str]) -> Facts:
    return {"beams": [int(strength) for strength in fields[-BEAMS:]]} if len(fields) >= BEAMS else {"fields": fields}


def _message(fields: list[str]) -> Facts:
    kind, card, mode, time, *content = fields
    told: Facts = {"kind": int(kind), "from": int(card)} | ({"time_of_day": time} if time else {})
    body = ",".join(content)
    if mode == "0":
        return told | {"text": body}
    return told | text.read(bytes.fromhex(body))


def _sent(fields: list[str]) -> Facts:
    card, _, _, body = fields
    return {"card": int(card)} | text.read(bytes.fromhex(body))


def _feedback(fields: list[str]) -> Facts:
    """`result` of a message sent; "unclear" where the field after TXA is neither."""
    result = {"result": SENT.get(fields[fields.index("TXA") + 1], "unclear")} if "TXA" in fields else {}
    return {"fields": fields} | result


def _place(fields: list[str]) -> Facts:
    time, lat, north, lon, east, alt = fields[2:8]
    hour, minute, second = int(time[:2]), int(time[2:4]), float(time[4:])
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 61 and abs(float(alt)) < 100_000):
        raise ValueError(time)
    return {
        "kind": int(fields[0]),
        "card": int(fields[1]),
        "time_of_day": f"{hour:02d}:{minute:02d}:{second:05.2f}",
        "lat": _degrees(lat) * (-1 if north == "S" else 1),
        "lon": _degrees(lon) * (-1 if east == "W" else 1),
        "alt": float(alt),
    }


def _degrees(value: str) -> float:
    whole = int(float(value)) // 100
    degrees = round(whole + (float(value) - 100 * whole) / 60, 7)
    if not 0 <= degrees <= 180:
        raise ValueError(value)
    return degrees


_READERS: dict[str, Callable[[list[str]], Facts]] = {
    "BDICI": _card,
    "BDBSI": _beams,
    "BDTXR": _message,
    "BDFKI": _feedback,
    "CCTXA": _sent,
    "BDDWR": _place,
}
