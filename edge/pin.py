"""A PIN from whoever sits at the terminal, or from a file descriptor; never from arguments or the environment."""

from __future__ import annotations

import os
import warnings
from getpass import GetPassWarning
from typing import Literal

import click

from fleet.errors import BadInput
from fleet.words import Words, language_from_environment

PIN_SIZE_MAX = 256
words = Words(language_from_environment(os.environ), "command")


def ask_pin(descriptor: int | None, *, again: bool = False, whose: str = "") -> str:
    """The PIN; typed `again` where it is being chosen. `whose` is told where several people type theirs.

    Raises:
        BadInput: `no_terminal_for_secret`, it would be read where others can see it; `fd_closed`.
    """
    question = words("enrol.pin_of", person=whose) if whose else words("enrol.person.pin")
    twice: str | Literal[False] = words("enrol.person.pin_again") if again else False
    return _ask(question, twice, descriptor)


def ask_passphrase(descriptor: int | None, *, again: bool) -> str:
    """The passphrase of a backup, like a PIN. Raises as `ask_pin`."""
    twice: str | Literal[False] = words("node.backup.passphrase_again") if again else False
    return _ask(words("node.backup.passphrase"), twice, descriptor)


def _ask(question: str, twice: str | Literal[False], descriptor: int | None) -> str:
    if descriptor is None:
        with warnings.catch_warnings(action="error", category=GetPassWarning):
            try:
                return str(click.prompt(question, hide_input=True, confirmation_prompt=twice))
            except GetPassWarning:
                raise BadInput("no_terminal_for_secret", field="pin") from None
    try:
        with os.fdopen(descriptor, encoding="utf-8", closefd=False) as file:
            return file.readline(PIN_SIZE_MAX).strip()
    except (OSError, UnicodeDecodeError):
        raise BadInput("fd_closed", field="pin-fd", value=descriptor) from None
