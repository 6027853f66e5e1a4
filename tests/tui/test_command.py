"""`ortoo tui` before there is a screen: help, wrong calls, and how little it loads."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from tui.commands import tui


def test_help_names_the_ways_to_say_where_the_node_is() -> None:
    answer = CliRunner().invoke(tui, ["--help"])

    assert answer.exit_code == 0
    assert "ORTOO_NODE" in answer.output


@pytest.mark.parametrize(("language", "said"), [("zh_CN", "不能重定向"), ("en", "needs a terminal")])
def test_without_a_terminal_it_says_so_and_exits_with_2(language: str, said: str) -> None:
    answer = CliRunner().invoke(tui, ["--lang", language, "--node", "/nowhere/node.sock"])

    assert answer.exit_code == 2
    assert said in answer.output


def test_asking_for_help_loads_neither_screen_nor_net() -> None:
    program = "import sys, tui.commands; print([name for name in ('textual', 'h11', 'asyncio') if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "[]"
