"""The processes of the demonstration: started with secrets on a pipe, never in arguments or environment; none is left.

Each child writes to a log file of its own. Ending is polite first (SIGTERM), then final.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from fleet.errors import Unavailable

ORTOO = (sys.executable, "-m", "ortoo")
END_MAX_S = 5.0
COMMAND_MAX_S = 60.0
LAST_WORDS_SIZE = 2_000


async def command(*arguments: str, secret: str | None = None) -> str:
    """Run an `ortoo` command to its end and return what it printed. `secret` is given to `--pin-fd`. Interrupted, or
    after COMMAND_MAX_S, it does not outlive the call.

    Raises:
        Unavailable: `demo_command_failed`, with its own words.
    """
    given, descriptor = _with_secret(arguments, secret)
    child = await asyncio.create_subprocess_exec(
        *ORTOO,
        *given,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        pass_fds=() if descriptor is None else (descriptor,),
    )
    if descriptor is not None:
        os.close(descriptor)
    name = " ".join(arguments[:2])
    try:
        async with asyncio.timeout(COMMAND_MAX_S):
            said, _ = await child.communicate()
    except TimeoutError:
        raise Unavailable("demo_command_failed", command=name, detail=f"> {COMMAND_MAX_S:.0f} s") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    text = said.decode(errors="replace")
    if child.returncode:
        raise Unavailable("demo_command_failed", command=name, detail=text.strip()[-LAST_WORDS_SIZE:])
    return text


class Children:
    """Processes that run until `end`."""

    def __init__(self, logs: Path) -> None:
        self._logs, self._running = logs, dict[str, asyncio.subprocess.Process]()
        logs.mkdir(parents=True, exist_ok=True)

    async def start(self, name: str, *arguments: str, controlled: bool = False) -> asyncio.subprocess.Process:
        """Start an `ortoo` command that goes on running. A `controlled` one is spoken to over its standard streams."""
        with (self._logs / f"{name}.log").open("ab") as log:
            child = await asyncio.create_subprocess_exec(
                *ORTOO,
                *arguments,
                stdin=asyncio.subprocess.PIPE if controlled else asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if controlled else log,
                stderr=log,
                start_new_session=True,
            )
        self._running[name] = child
        return child

    def last_words(self, name: str) -> str:
        """The end of a child's log, for a person."""
        return (self._logs / f"{name}.log").read_text(errors="replace").strip()[-LAST_WORDS_SIZE:]

    def check(self) -> None:
        """Make sure that all still run.

        Raises:
            Unavailable: `demo_child_ended`, with the child's last words.
        """
        for name, child in self._running.items():
            if child.returncode is not None:
                raise Unavailable("demo_child_ended", name=name, detail=self.last_words(name))

    def forget(self, name: str) -> None:
        """A child is about to end by itself, and may."""
        del self._running[name]

    async def kill(self, name: str) -> None:
        """End a child as a power cut would."""
        child = self._running.pop(name)
        child.kill()
        await child.wait()

    async def end(self, *names: str) -> None:
        """End the named children, or all, the latest first."""
        for name in names or tuple(reversed(self._running)):
            child = self._running.pop(name)
            if child.returncode is None:
                with suppress(ProcessLookupError):
                    child.terminate()
                try:
                    async with asyncio.timeout(END_MAX_S):
                        await child.wait()
                except TimeoutError:
                    child.kill()
                    await child.wait()


def _with_secret(arguments: Sequence[str], secret: str | None) -> tuple[list[str], int | None]:
    if secret is None:
        return list(arguments), None
    read, write = os.pipe()
    os.write(write, f"{secret}\n".encode())
    os.close(write)
    return [*arguments, "--pin-fd", str(read)], read
