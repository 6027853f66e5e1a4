"""How fast bytes become typed facts, on one core.

Rules kept here:
* From raw escaped bytes to a typed message with its header, its time and its items, every check made and every refusal
  told: nothing a station would do is left out, and nothing but the product's own functions is timed.
* Times are the process's own CPU time, so that others on the machine take nothing from the figure; of several rounds
  the best counts. A message's typical time is by the wall clock, one message at a time.
"""

from __future__ import annotations

import resource
from collections.abc import Callable
from statistics import median
from time import perf_counter_ns, process_time
from typing import Any

from bench import traffic
from edge.serial_terminal.jt808 import header as headers
from edge.serial_terminal.jt808 import location, positions
from edge.serial_terminal.jt808.frame import Frame, FrameDecoder
from edge.serial_terminal.nmea import sentences
from edge.serial_terminal.nmea.frame import Sentence, SentenceDecoder
from edge.serial_terminal.nmea.said import Other

READ_SIZE = 16_384  # bytes handed over at a time, of a stream
ROUNDS, FRAMES, BATCHES, EPOCHS = 9, 20_000, 500, 1_500


def measure() -> dict[str, Any]:
    """The figures of ``ortoo bench decode --json``."""
    frames, batches = traffic.location_frames(FRAMES), traffic.batch_frames(BATCHES)
    spoken, sentence_count = traffic.nmea_sentences(EPOCHS)
    read_sentences = _sentences(spoken)
    assert read_sentences == sentence_count  # noqa: S101 - a measurement of refusals would be worth nothing
    return {
        "jt808_location_frames_per_s": _rate(lambda: _one_by_one(frames), FRAMES),
        "jt808_stream_frames_per_s": _rate(lambda: _stream(b"".join(frames)), FRAMES),
        "jt808_batch_positions_per_s": _rate(lambda: _stream(b"".join(batches)), BATCHES * traffic.BATCH_SIZE),
        "nmea_sentences_per_s": _rate(lambda: _sentences(spoken), sentence_count),
        "us_per_frame_p50": round(_typical_us(frames), 3),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def _rate(work: Callable[[], int], expected: int) -> float:
    best_s = float("inf")
    for _ in range(ROUNDS):
        start_s = process_time()
        done = work()
        best_s = min(best_s, process_time() - start_s)
        assert done == expected  # noqa: S101
    return round(expected / best_s, 1)


def _one_by_one(frames: list[bytes]) -> int:
    """Each frame as a read of its own."""
    decoder, count = FrameDecoder(), 0
    for raw in frames:
        count += _typed(decoder.receive(raw))
    return count


def _stream(data: bytes) -> int:
    decoder, count = FrameDecoder(), 0
    for at in range(0, len(data), READ_SIZE):
        count += _typed(decoder.receive(data[at : at + READ_SIZE]))
    return count


def _typed(events: list[Any]) -> int:
    """Read the messages as a station does, to reports with their time and items; how many there were."""
    count = 0
    for event in events:
        if type(event) is not Frame:
            continue
        header = headers.parse(event.payload)
        if header.fault:
            continue
        if header.msg_id == 0x0200:
            count += location.device_time_ms(location.read(event.payload, header.body_at).time) is not None
            continue
        for report in positions.batch(event.payload[header.body_at + 3 :])[0]:
            count += location.device_time_ms(location.read(report).time) is not None
    return count


def _sentences(data: bytes) -> int:
    decoder, count = SentenceDecoder(), 0
    for at in range(0, len(data), READ_SIZE):
        for event in decoder.receive(data[at : at + READ_SIZE]):
            if type(event) is Sentence and type(sentences.read(event.text)) is not Other:
                count += 1
    return count


def _typical_us(frames: list[bytes]) -> float:
    decoder, times_ns = FrameDecoder(), []
    for raw in frames:
        start_ns = perf_counter_ns()
        _typed(decoder.receive(raw))
        times_ns.append(perf_counter_ns() - start_ns)
    return median(times_ns) / 1000
