"""What the pages for people show can be typed: commands, their options, files linked to; the same in both languages."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from pathlib import Path

import click
import pytest

from ortoo import GRANTERS, CommandTable, load

ROOT = Path(__file__).parent.parent
PAIRS = (
    ("README.md", "README.zh-CN.md"),
    ("docs/running.md", "docs/running.zh-CN.md"),
    ("docs/commands.md", "docs/commands.zh-CN.md"),
    ("packaging/INSTALL.md", "packaging/INSTALL.zh-CN.md"),
)
PAGES = [page for pair in PAIRS for page in pair]
SPAN, LINE = re.compile(r"`([^`\n]+)`"), re.compile(r"^ {4}(\S.*)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:]+)\)")
COMMAND = re.compile(r"(?:.* )?(?:ortoo|…|\.\.\.) ([a-z].+)")
OPTION = re.compile(r"--[a-z-]+")
GRANT = "enrol grant"


def text(page: str) -> str:
    """A page, with the lines that a backslash breaks put together."""
    return (ROOT / page).read_text(encoding="utf-8").replace("\\\n", " ")


def shown(page: str) -> list[str]:
    """What a page shows to be typed after `ortoo`."""
    said = [one.partition("  # ")[0] for one in [*SPAN.findall(text(page)), *LINE.findall(text(page))]]
    return [found[1].strip() for one in said if (found := COMMAND.match(one))]


def commands(typed: str) -> list[tuple[str, click.Command]]:
    """The commands that something typed names: `list / reject` are two, and a grant may be given at two places."""
    table: click.Command = CommandTable("ortoo")
    words, path = shlex.split(typed.replace(" / ", "/")), ""
    while words and isinstance(table, click.Group):
        names = words.pop(0).split("/")
        context = click.Context(table)
        found = [(f"{path} {name}".strip(), table.get_command(context, name)) for name in names]
        assert all(command for _, command in found), typed
        if len(found) > 1 or found[0][0] == GRANT:
            return [(name, command) for name, command in found if command and name != GRANT] or [
                (GRANT, load(target)) for target in GRANTERS.values()
            ]
        path, command = found[0]
        assert command
        table = command
    return [(path, table)]


TYPED = sorted({typed for page in PAGES for typed in shown(page)})


@pytest.mark.parametrize("typed", TYPED)
def test_what_a_page_shows_names_a_command_and_options_that_it_has(typed: str) -> None:
    if typed.startswith(("set ", "open ")):
        typed = f"central escrow {typed}"  # a row goes on with what its first command began
    options = [OPTION.findall(" ".join(one.opts + one.secondary_opts)) for _, c in commands(typed) for one in c.params]
    known = {"--help", "--version", *(name for names in options for name in names)}
    if typed.startswith("verify"):
        known |= {"--with"}  # of bundles; `verify` hands on what it does not know

    assert set(OPTION.findall(typed)) <= known


def test_pages_show_commands() -> None:
    assert len(TYPED) > 60


@pytest.mark.parametrize(("english", "chinese"), PAIRS)
def test_both_languages_show_the_same_commands_with_the_same_options(english: str, chinese: str) -> None:
    def said(page: str) -> Counter[tuple[str, ...]]:
        return Counter((*re.findall(r"^[a-z]+(?: [a-z-]+\b)?", one), *OPTION.findall(one)) for one in shown(page))

    assert said(english) == said(chinese)
    assert text(english).count("\n## ") == text(chinese).count("\n## ")
    assert text(english).count("\n| ") == text(chinese).count("\n| ")


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md", "docs/decisions.md", "docs/regulation.md"])
def test_what_a_page_links_to_is_there(page: str) -> None:
    assert [link for link in LINK.findall(text(page)) if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_decisions_are_numbered_one_after_another_and_name_only_such_as_there_are() -> None:
    page = text("docs/decisions.md")
    numbers = [int(number) for number in re.findall(r"^## (\d+)\. ", page, re.MULTILINE)]

    assert numbers == list(range(1, len(numbers) + 1))
    assert {int(number) for number in re.findall(r"[Dd]ecision (\d+)", page)} <= set(numbers)
