"""The far end of a pseudo-terminal: a serial cable made of software, with the simulated vehicle on our end.

Rules kept here:
* What no one reads is lost, as on a wire: a transmitter does not wait for a listener.
* The slave end is held open here too, so that the pair outlives whoever opens and closes it.
"""

from __future__ import annotations

import os
import tty

from cable.port import READ_SIZE_MAX, PortError


class PseudoPort:
    """A pseudo-terminal pair; `name` is the end to open as a serial port, this object the other one."""

    def __init__(self) -> None:
        """Make a pair.

        Raises:
            OSError: the system has none left.
        """
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.name = os.ttyname(self._slave)
        self.fd: int | None = self._master

    def read(self) -> bytes:
        try:
            return os.read(self._master, READ_SIZE_MAX)
        except BlockingIOError:
            return b""
        except OSError as failure:
            raise PortError("gone") from failure

    def write(self, data: bytes) -> int:
        try:
            os.write(self._master, data)
        except BlockingIOError:
            return len(data)  # nobody reads; gone into the air
        except OSError as failure:
            raise PortError("gone") from failure
        return len(data)

    def close(self) -> None:
        """Unplug it: whoever has the other end open loses it."""
        os.close(self._master)
        os.close(self._slave)
