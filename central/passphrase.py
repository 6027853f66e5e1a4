"""Where a passphrase comes from: typed twice on a terminal, or read from an open file descriptor. Never an argument,
never the environment: other processes could see it there."""

from __future__ import annotations

import os
import warnings
from getpass import GetPassWarning

import click

from fleet.errors import BadInput
from fleet.words import Words, language_from_environment

words = Words(language_from_environment(os.environ), "command")


def ask_once(pin_fd: int | None, name: str) -> str:
    """The passphrase of something that exists already; raises as `ask`."""
    return _ask(pin_fd, words("central.passphrase", name=name), again=None)


def ask_of_backup(pin_fd: int | None, *, again: bool) -> str:
    """The passphrase of a backup, typed twice where it is being chosen; raises as `ask`."""
    return _ask(pin_fd, words("node.backup.passphrase"), again=words("node.backup.passphrase_again") if again else None)


def ask(pin_fd: int | None, name: str) -> str:
    """The passphrase for `name`, typed twice.

    Raises:
        BadInput: `fd_closed`: nothing can be read from the descriptor; `no_terminal_for_secret`: nobody can type it.
    """
    return _ask(pin_fd, words("central.passphrase", name=name), again=words("central.passphrase_again"))


def _ask(pin_fd: int | None, question: str, *, again: str | None) -> str:
    if pin_fd is None:
        with warnings.catch_warnings(action="error", category=GetPassWarning):
            try:
                return str(click.prompt(question, hide_input=True, confirmation_prompt=again or False))
            except GetPassWarning:  # no terminal: it would be read where others can see it
                raise BadInput("no_terminal_for_secret", field="pin") from None
    try:
        with os.fdopen(pin_fd, encoding="utf-8", closefd=False) as file:
            return file.readline().rstrip("\r\n")
    except OSError:
        raise BadInput("fd_closed", field="pin-fd", value=pin_fd) from None
