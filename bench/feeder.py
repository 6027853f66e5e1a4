"""The terminals' side of ``ortoo bench intake``, in a process of its own so that its work is not measured.

Rules kept here:
* A transmitter does not wait for a listener: what the line has no room for is lost, and counted.
* Answers are read as they come, for a terminal would; only how many bytes there were is counted.
"""

from __future__ import annotations

import json
import os
import sys
import time

from bench import traffic

LISTEN_ON_S = 0.5  # after the last frame


def feed(fd: int, frames_per_s: float, seconds: float, terminals: int, seed: int) -> dict[str, int]:
    """Write reports at that rate; answer how many were sent, how many of them were lost, and the answers' bytes."""
    os.set_blocking(fd, False)
    frames = traffic.location_frames(max(1, round(frames_per_s * seconds)), terminals, seed)
    sent = lost = heard = 0
    start_s = time.monotonic()
    while sent < len(frames):
        due = min(len(frames), 1 + int((time.monotonic() - start_s) * frames_per_s))
        for frame in frames[sent:due]:
            lost += not _write(fd, frame)
        sent = max(sent, due)
        heard += _read(fd)
        time.sleep(min(0.001, 1 / frames_per_s))
    end_s = time.monotonic() + LISTEN_ON_S
    while time.monotonic() < end_s:
        heard += _read(fd)
        time.sleep(0.005)
    return {"sent": sent, "lost": lost, "heard_bytes": heard}


def _write(fd: int, frame: bytes) -> bool:
    try:
        return os.write(fd, frame) == len(frame)
    except BlockingIOError:
        return False


def _read(fd: int) -> int:
    heard = 0
    while True:
        try:
            heard += len(os.read(fd, 65_536))
        except BlockingIOError:
            return heard


if __name__ == "__main__":
    print(
        json.dumps(feed(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])))
    )
