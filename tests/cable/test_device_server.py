"""A device server as units have them (RFC 2217): a serial port somewhere on the network, and a line like any other."""

from __future__ import annotations

import socket
from threading import Event, Thread

import pytest
import serial
import serial.rfc2217

from cable.line import Line
from edge.serial_terminal.simulator.pseudo import PseudoPort
from tests.edge.serial_terminal.doubles import HandClock, frame

pytestmark = pytest.mark.anyio


class WithoutModemLines(serial.Serial):
    """A pseudo-terminal has none, and the server half asks for them."""

    cts = dsr = ri = cd = property(lambda self: True)

    def _update_dtr_state(self) -> None:
        """Nothing to set."""

    def _update_rts_state(self) -> None:
        """Nothing to set."""


class DeviceServer:
    """One real serial port offered on the network, by pyserial's own server half."""

    def __init__(self, name: str) -> None:
        self._port = WithoutModemLines(name, timeout=0.02)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"rfc2217://127.0.0.1:{self._listening.getsockname()[1]}"
        self._over = Event()
        self._threads = [Thread(target=self._serve, daemon=True)]
        self._threads[0].start()

    def write(self, data: bytes) -> None:
        self._peer.sendall(data)

    def close(self) -> None:
        self._over.set()
        self._listening.close()
        for thread in self._threads:
            thread.join(2)
        self._port.close()

    def _serve(self) -> None:
        self._peer, _ = self._listening.accept()
        manager = serial.rfc2217.PortManager(self._port, self)  # type: ignore[arg-type]
        self._threads.append(Thread(target=self._to_network, args=(manager,), daemon=True))
        self._threads[-1].start()
        while not self._over.is_set() and (data := self._peer.recv(1024)):
            self._port.write(b"".join(manager.filter(data)))

    def _to_network(self, manager: serial.rfc2217.PortManager) -> None:
        while not self._over.is_set():
            if data := self._port.read(1024):
                self._peer.sendall(b"".join(manager.escape(data)))


async def test_a_port_behind_a_device_server_carries_every_byte_both_ways() -> None:
    cable = PseudoPort()
    server = DeviceServer(cable.name)
    every_byte = bytes(range(256))
    try:
        async with Line(server.url, HandClock()) as line:
            await line.until("open", "absent")
            assert line.health.state == "open", line.health.why
            cable.write(every_byte)
            heard = b""
            async for data in line:
                heard += data
                if len(heard) >= len(every_byte):
                    break
            assert heard == every_byte
            answer = frame(0x8001, {"ack_serial": 1, "ack_id": "0x0200", "result": 0})
            await line.write(answer)
            said = b""
            while len(said) < len(answer):
                said += cable.read()
            assert said == answer
    finally:
        server.close()
        cable.close()
