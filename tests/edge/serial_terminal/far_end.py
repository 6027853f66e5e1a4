"""A simulated device at the far end of a real pseudo-terminal, driven by a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from edge.serial_terminal.simulator.pseudo import PseudoPort

POLL_S = 0.005


def wait_for_question(cable: PseudoPort) -> bytes:
    """The first bytes that come from the near end."""
    pause = Event()
    while not (said := cable.read()):
        pause.wait(POLL_S)
    return said


@contextmanager
def device(answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """The port's name, while `answer` turns what comes from the near end into what goes back."""
    cable, stop = PseudoPort(), Event()

    def drive() -> None:
        while not stop.wait(POLL_S):
            if said := cable.read():
                cable.write(answer(said))

    driving = Thread(target=drive)
    driving.start()
    try:
        yield cable.name
    finally:
        stop.set()
        driving.join()
        cable.close()
