"""A recorder's blocks as `ortoo terminal decode` tells them."""

from __future__ import annotations

from edge.serial_terminal.facts import Facts
from edge.serial_terminal.gbt19056 import records
from edge.serial_terminal.gbt19056.block import COLLECT_FAILED, SET_FAILED, BadBlock, Block, BlockDecoder

REFUSALS = {COLLECT_FAILED: "collect failed", SET_FAILED: "set failed"}


class Telling:
    """The blocks of a stream as facts."""

    def __init__(self) -> None:
        self._decoder = BlockDecoder()

    def receive(self, data: bytes, at_ms: int) -> list[Facts]:
        return [tell(event) for event in self._decoder.receive(data)]

    def finish(self, at_ms: int) -> list[Facts]:
        return [{"error": "truncated"}] if self._decoder.waits else []


def tell(event: Block | BadBlock) -> Facts:
    """One block, or what began as one."""
    if isinstance(event, BadBlock):
        return {"checksum_ok": event.reason != "checksum", "error": event.reason, "undecoded_body": event.raw.hex()}
    question = event.question or _asks(event)
    told: Facts = {
        "command": f"0x{event.command:02x}",
        "direction": "question" if question else "answer",
        "checksum_ok": True,
        "body_len": len(event.data),
    }
    if event.command in REFUSALS and not question:
        return told | {"error": REFUSALS[event.command]}
    facts, partial = records.read(event.command, event.data, question=question)
    return told | {"body": facts} | ({"partial": True, "error": f"body too short: {partial}"} if partial else {})


def _asks(block: Block) -> bool:
    """Whether a block with the answer's start word is a question for a range, as inside JT/T 808: its data has the
    question's size, which no whole number of that command's records has."""
    return (
        block.command in records.RANGES
        and len(block.data) == records.QUESTION_SIZE
        and records.QUESTION_SIZE % records.record_size(block.command) != 0
    )
