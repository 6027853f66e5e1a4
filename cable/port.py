"""Opening serial ports: the only file that knows pyserial. Everything above sees a file descriptor or plain reads.

Rules kept here:
* A port is opened raw and alone: no echo, no flow-control characters (17 and 19 occur in frames), no second reader.
* Every way a port can fail, on open, read, write or close, comes out as one error with a symbolic reason.
* Nothing reads by line: readline costs a third of a millisecond of CPU a line, and frames have no lines.
"""

from __future__ import annotations

import errno
import io
import os
import select
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISCHR
from typing import NamedTuple, Protocol

import serial
from serial.tools import list_ports

READ_SIZE_MAX = 4096  # bytes taken in one read
POLL_S = 0.2  # how long a read waits where there is no file descriptor to watch
BY_ID = Path("/dev/serial/by-id")
PROCESSES = Path("/proc")
REMOTE = "rfc2217://"  # a device server, which knows no write time-out

_REASONS = {
    errno.ENOENT: "not_found",
    errno.ENODEV: "not_found",
    errno.ENXIO: "not_found",
    errno.EACCES: "not_permitted",
    errno.EPERM: "not_permitted",
    errno.EBUSY: "in_use",
    errno.EAGAIN: "in_use",  # the exclusive lock is taken
    errno.ENOTTY: "not_serial",
    errno.EINVAL: "not_serial",
    errno.ECONNREFUSED: "no_answer",
    errno.EHOSTUNREACH: "no_answer",
}


class PortError(Exception):
    """The port cannot be used; `reason` is symbolic: not_found, not_permitted, in_use, not_serial, no_answer, gone."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OpenPort(Protocol):
    """What a line needs of a port. `fd` can be watched; it is None where reads must wait by themselves."""

    fd: int | None

    def read(self) -> bytes: ...

    def write(self, data: bytes) -> int: ...

    def close(self) -> None: ...


class Standing(NamedTuple):
    """Whether a port can be used, as far as can be said without opening it: a reason, "" if nothing speaks against it,
    and the programs that have it open."""

    reason: str
    users: tuple[str, ...] = ()


class PortName(NamedTuple):
    """A port that is there: the name to use, stable over replugging where the system gives one, and what it is."""

    name: str
    device: str
    description: str


@contextmanager
def _one_error(otherwise: str = "gone") -> Iterator[None]:
    try:
        yield
    except (serial.SerialException, OSError, ValueError) as failure:
        reason = _REASONS.get(getattr(failure, "errno", None) or 0, otherwise)
        raise PortError(reason) from failure


class Port:
    """One open port. `fd` can be watched for reading; it is None for URL handlers that have none."""

    def __init__(self, name: str, baud: int) -> None:
        """Open a device, `socket://host:port` or `rfc2217://host:port`; may block.

        Raises:
            PortError: it cannot be opened, with the reason.
        """
        with _one_error("no_answer" if "://" in name else "not_serial"):
            waits = {"timeout": POLL_S} if name.startswith(REMOTE) else {"timeout": 0, "write_timeout": 0}
            self._serial = serial.serial_for_url(
                name, baudrate=baud, exclusive=True, xonxoff=False, rtscts=False, **waits
            )
        try:
            self.fd: int | None = self._serial.fileno()
        except (io.UnsupportedOperation, AttributeError):
            self.fd = None
            if not name.startswith(REMOTE):
                self._serial.timeout, self._serial.write_timeout = POLL_S, None

    def read(self) -> bytes:
        """What has arrived; b"" if nothing has. Blocks up to POLL_S where there is no file descriptor.

        Raises:
            PortError: the port is gone.
        """
        with _one_error():
            if self.fd is None:
                return bytes(self._serial.read(max(1, min(self._serial.in_waiting, READ_SIZE_MAX))))
            try:
                data = os.read(self.fd, READ_SIZE_MAX)
            except BlockingIOError:
                return b""
            if not data and select.select([self.fd], [], [], 0)[0] and not (data := os.read(self.fd, READ_SIZE_MAX)):
                raise PortError("gone")  # readable, and nothing there: hung up
            return data

    def write(self, data: bytes) -> int:
        """Write what fits now and return how many bytes that was; all of it, blocking, where there is no descriptor.

        Raises:
            PortError: the port is gone.
        """
        with _one_error():
            if self.fd is None:
                return int(self._serial.write(data) or 0)
            try:
                return os.write(self.fd, data)
            except BlockingIOError:
                return 0

    def close(self) -> None:
        """Close it; a port already gone is no error any more."""
        try:
            self._serial.close()
        except (serial.SerialException, OSError):
            return


def present() -> list[PortName]:
    """The serial ports of this machine, under their stable names where there are any."""
    stable = {str(link.resolve()): str(link) for link in sorted(BY_ID.glob("*"))} if BY_ID.is_dir() else {}
    return [
        PortName(stable.get(port.device, port.device), port.device, port.description or "")
        for port in sorted(list_ports.comports(), key=lambda port: port.device)
    ]


def standing(name: str) -> Standing:
    """Look at a port without opening it; of other people's programs only the lock can be seen."""
    if "://" in name:
        return Standing("")
    path = Path(name)
    try:
        device = path.stat()
    except OSError as failure:
        return Standing(_REASONS.get(failure.errno or 0, "not_found"))
    if not S_ISCHR(device.st_mode):
        return Standing("not_serial")
    if not os.access(path, os.R_OK | os.W_OK):
        return Standing("not_permitted")
    users = _users(path.resolve())
    return Standing("in_use" if users or _is_locked(device) else "", users)


def _users(device: Path) -> tuple[str, ...]:
    """The programs that have a device open, as "name (pid)"."""
    users = []
    for entry in PROCESSES.glob("[0-9]*/fd/*"):
        with suppress(OSError):  # it ended, or is not ours to look at
            if entry.readlink() == device:
                process = entry.parent.parent
                users.append(f"{(process / 'comm').read_text().strip()} ({process.name})")
    return tuple(dict.fromkeys(users))


def _is_locked(device: os.stat_result) -> bool:
    """Whether somebody holds the lock that serial programs take on a port they open for themselves."""
    place = f":{device.st_ino} "
    try:
        locks = (PROCESSES / "locks").read_text()
    except OSError:
        return False
    return any("FLOCK" in line and place in line for line in locks.splitlines())
