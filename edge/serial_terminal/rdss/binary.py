"""RDSS 4.0: the frames of a module as tables of fields, facts both ways.

Rules kept here:
* The names are those of every protocol; a message's bytes are told as text or code as in 2.1.
* A position answer's time has no date: it is told as `time_of_day`. Its height is read as a signed number and its
  coordinates as north and east, where the service works; the anomaly of the height is told beside it.
* A frame without a table, or one too short for it, keeps its bytes as hex.
Source: RDSS 4.0 as implementations show it; the standard's text was not seen.
"""

from __future__ import annotations

from edge.serial_terminal.facts import Facts
from edge.serial_terminal.jt808 import layout
from edge.serial_terminal.jt808.fields import BYTE, WORD, Cursor, Field, Number, Raw, Row
from edge.serial_terminal.jt808.layout import Layout, Layouts
from edge.serial_terminal.rdss import text
from edge.serial_terminal.rdss.frame import Binary

CARD = Number(3)
ORDINARY = 0x46  # kind of an ordinary message to be sent
RESULTS = {
    0: "accepted",
    1: "failed",
    2: "no_signal",
    3: "power_low",
    4: "too_soon",
    5: "encryption_failed",
    6: "checksum",
}


class Sexagesimal:
    """Degree, minute, second, tenth of a second, a byte each: degrees."""

    def read(self, cursor: Cursor) -> float:
        degree, minute, second, tenth = cursor.take(4)
        return round(degree + (minute + (second + tenth / 10) / 60) / 60, 7)

    def write(self, value: float) -> bytes:
        tenths = round(value * 36_000)
        return bytes((tenths // 36_000, tenths // 600 % 60, tenths // 10 % 60, tenths % 10))


class TimeOfDay:
    """Hour, minute, second, hundredth of a second, a byte each."""

    def read(self, cursor: Cursor) -> str:
        hour, minute, second, hundredth = cursor.take(4)
        return f"{hour:02d}:{minute:02d}:{second:02d}.{hundredth:02d}"

    def write(self, value: str) -> bytes:
        return bytes(int(part) for part in value.replace(".", ":").split(":"))


class Metres:
    """WORD in m, signed."""

    def read(self, cursor: Cursor) -> int:
        return int.from_bytes(cursor.take(2), "big", signed=True)

    def write(self, value: int) -> bytes:
        return value.to_bytes(2, "big", signed=True)


class Counted:
    """A message's bytes after their number of bits."""

    def read(self, cursor: Cursor) -> str:
        return cursor.take((int(WORD.read(cursor)) + 7) // 8).hex()

    def write(self, value: str) -> bytes:
        raw = bytes.fromhex(value)
        return WORD.write(len(raw) * 8) + raw


_TABLES: dict[str, Row] = {
    "ICJC": Row((Field("frame", BYTE),)),
    "ICXX": Row(
        (
            Field("frame", BYTE),
            Field("broadcast", CARD),
            Field("class", BYTE),
            Field("period_s", WORD),
            Field("level", BYTE),
            Field("encrypted", BYTE),
            Field("subordinates", WORD),
        )
    ),
    "XTZJ": Row((Field("every_s", WORD),)),
    "ZJXX": Row(
        (
            Field("card_state", BYTE),
            Field("hardware_state", BYTE),
            Field("battery_percent", BYTE),
            Field("inbound_state", BYTE),
            *(Field(f"beam{number}", BYTE) for number in range(1, 7)),
        )
    ),
    "SJSC": Row((Field("every_s", WORD),)),
    "SJXX": Row(
        (
            Field("year", WORD),
            *(Field(name, BYTE) for name in ("month", "day", "hour", "minute", "second")),
        )
    ),
    "TXXX": Row(
        (
            Field("kind", BYTE),
            Field("from", CARD),
            Field("hour", BYTE),
            Field("minute", BYTE),
            Field("message", Counted()),
            Field("crc", BYTE),
        )
    ),
    "FKXX": Row((Field("result", BYTE), Field("more", Raw(4)))),
    "DWXX": Row(
        (
            Field("kind", BYTE),
            Field("of", CARD),
            Field("time_of_day", TimeOfDay()),
            Field("lon", Sexagesimal()),
            Field("lat", Sexagesimal()),
            Field("alt", Metres()),
            Field("anomaly_m", Metres()),
        )
    ),
}
_SEND = Row(
    (Field("kind", BYTE), Field("to", CARD), Field("bits", WORD), Field("answer", BYTE), Field("message", Raw()))
)
TABLES: dict[str, Layouts] = {name: (Layout(row),) for name, row in (_TABLES | {"TXSQ": _SEND}).items()}


def send(own: int, to: int, raw: bytes) -> Binary:
    """The frame that sends a message's bytes (`text.written`, or a code) to a card."""
    facts = {"kind": ORDINARY, "to": to, "bits": len(raw) * 8, "answer": 0, "message": raw.hex()}
    return Binary("TXSQ", own, layout.write(TABLES["TXSQ"], 0, facts))


def read_card(own: int = 0) -> Binary:
    """The frame that asks for the card's number and rights."""
    return Binary("ICJC", own, b"\0")


def read_beams(own: int) -> Binary:
    """The frame that asks once for the module's state, the strength of its beams among it."""
    return Binary("XTZJ", own, layout.write(TABLES["XTZJ"], 0, {"every_s": 0}))


def read(frame: Binary) -> Facts:
    """Tell a frame; `sentence` is its name. Never raises."""
    facts, partial = layout.read(TABLES.get(frame.name, ()), 0, frame.content)
    told: Facts = {"sentence": frame.name, "card": frame.card, "checksum_ok": True} | facts
    if "message" in facts:
        del told["message"]
        told |= text.read(bytes.fromhex(facts["message"]))
    if frame.name == "FKXX" and "result" in facts:
        told["result"] = RESULTS.get(facts["result"], facts["result"])
    return told | ({"partial": True, "error": f"body too short: {partial}"} if partial else {})
