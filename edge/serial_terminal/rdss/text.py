"""What the bytes of a short message say.

Rule kept here: A4 before the text says that it is GBK, Chinese and Latin mixed; anything else is a code of the
sender's own and stays hex. Nothing that cannot be sent is cut off silently.
Source: RDSS 2.1 and 4.0, message contents, as public guides show them.
"""

from __future__ import annotations

from edge.serial_terminal.facts import Facts

MIXED = 0xA4


def written(text: str, size_max: int) -> bytes:
    """The bytes that carry a text, the mark before it included.

    Raises:
        ValueError: it needs more than `size_max` bytes, or has a character GBK cannot write.
    """
    raw = bytes((MIXED,)) + text.encode("gbk")
    if len(raw) > size_max:
        raise ValueError(f"a message of {len(raw)} bytes, and {size_max} fit")
    return raw


def read(raw: bytes) -> Facts:
    """A message's bytes as `text`, or as hex under `code`."""
    if raw[:1] == bytes((MIXED,)):
        try:
            return {"text": raw[1:].decode("gbk")}
        except UnicodeDecodeError:
            pass
    return {"code": raw.hex()}
