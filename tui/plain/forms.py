"""A form of the console asked line by line: Enter keeps what stands in brackets, `!` gives up, `?` lists choices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from tui.api import ApiError
from tui.plain.talk import LISTED_MAX, Talk
from tui.rows.fields import Field, Wrong, chosen, matching, read, shown, sure, texts_of
from tui.screens.frame import refusal_lines

T = TypeVar("T")
GIVE_UP, LIST = "!", "?"
Values = dict[str, object]


async def fill(
    talk: Talk, title: str, fields: Sequence[Field], send: Callable[[Values], Awaitable[T]], now_ms: int
) -> T | None:
    """Ask every line, then send; after a refusal ask again with what was answered. None if given up."""
    words, texts = talk.words, texts_of(fields, {})
    talk.say(title)
    talk.say(words("plain.form"))
    while True:
        values: Values = {}
        for field in fields:
            answer = _ask(talk, field, texts, now_ms)
            if answer is GIVE_UP:
                talk.say(words("plain.given_up"))
                return None
            if answer is not None and not field.asks_tail:
                values[field.name] = answer
        try:
            return await send(values)
        except ApiError as error:
            for line in refusal_lines(words, error):
                talk.say(line)
        except Wrong as wrong:
            talk.say(words(f"form.wrong.{wrong.code}", **wrong.facts))


def _ask(talk: Talk, field: Field, texts: dict[str, str], now_ms: int) -> object:
    """What a line is to say: GIVE_UP, None for nothing, else as it is sent."""
    words = talk.words
    if field.options:
        _list(talk, field, "")
    while True:
        stands = shown(field, texts[field.name]) if field.kind != "secret" else ""
        question = f"{field.words} [{stands}]" if stands else field.words
        typed = talk.ask_secret(question) if field.kind == "secret" else talk.ask(question)
        if typed == GIVE_UP:
            return GIVE_UP
        if typed.startswith(LIST) and field.options:
            _list(talk, field, typed[1:])
            continue
        if typed and field.kind != "secret":
            texts[field.name] = chosen(field, typed)
            if field.options and texts[field.name] != typed:
                talk.say(shown(field, texts[field.name]))
        try:
            if field.asks_tail:
                sure(field, texts)
            return read(field, typed if field.kind == "secret" else texts[field.name], now_ms)
        except Wrong as wrong:
            talk.say(words(f"form.wrong.{wrong.code}", **wrong.facts))


def _list(talk: Talk, field: Field, sought: str) -> None:
    found = matching(field.options, sought)
    for option in found[:LISTED_MAX]:
        talk.say(f"{field.options.index(option) + 1}. {option.words}")
    if len(found) > LISTED_MAX:
        talk.say(talk.words("plain.more", n=len(found) - LISTED_MAX))
