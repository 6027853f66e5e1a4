"""`docs/regulation.md` says nothing that is not so: every article, no empty cell, and all that is named exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from litestar.routes import HTTPRoute

from edge.web.app import create_app
from fleet.rules.cases import CASES
from ortoo import COMMANDS

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "regulation.md").read_text(encoding="utf-8")
ARTICLES = (*map(str, range(1, 19)), "19a", "19b", "20")
HEADER = ["duty", "what the software does", "where", "test"]
NAMED = re.compile(r"`([^`]+)`")


def sections() -> dict[str, list[list[str]]]:
    """The rows under each article, cell by cell."""
    found: dict[str, list[list[str]]] = {}
    for part in re.split(r"^## Article ", PAGE, flags=re.MULTILINE)[1:]:
        number, _, body = part.partition("\n")
        lines = [line.strip().strip("|") for line in body.splitlines() if line.startswith("|")]
        found[number.strip()] = [[cell.strip() for cell in line.split(" | ")] for line in lines]
    return found


ROWS = [(article, row) for article, rows in sections().items() for row in rows[2:]]
WHERE = sorted({name for _, row in ROWS for name in NAMED.findall(row[2])})
TESTS = sorted({name for _, row in ROWS for name in NAMED.findall(row[3])})


def routes() -> set[str]:
    """Method and path of everything the node's API and pages answer to."""
    no_node: Any = None
    return {
        f"{method} {route.path_format}"
        for route in create_app(no_node).routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
    }


def test_every_article_is_there_in_order_with_at_least_one_duty() -> None:
    found = sections()

    assert tuple(found) == ARTICLES
    assert [rows[0] for rows in found.values()] == [[f" {HEADER[0]}".strip(), *HEADER[1:]]] * len(ARTICLES)
    assert [article for article, rows in found.items() if len(rows) < 3] == []


def test_no_cell_is_empty_and_every_row_names_where_and_by_which_test() -> None:
    assert [(article, row) for article, row in ROWS if len(row) != len(HEADER) or not all(row)] == []
    assert [row for _, row in ROWS if not NAMED.findall(row[2]) or not NAMED.findall(row[3])] == []


@pytest.mark.parametrize("name", WHERE)
def test_what_is_named_under_where_exists(name: str) -> None:
    kind, _, rest = name.partition(" ")
    match kind:
        case "case":
            assert rest in CASES
        case "ortoo":
            assert any(command == rest or command.startswith(f"{rest} ") for command in COMMANDS)
        case "page":
            assert f"GET {rest}" in routes()
        case _:
            assert name in routes()


@pytest.mark.parametrize("name", TESTS)
def test_every_test_named_exists(name: str) -> None:
    path, _, function = name.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}

    assert any(each.startswith("test_") for each in tests)
    assert not function or function in tests


@pytest.mark.parametrize("article", ARTICLES)
def test_every_article_has_a_test_file_of_its_own_and_its_rows_name_it(article: str) -> None:
    number, letter = (article[:-1], article[-1]) if article[-1].isalpha() else (article, "")
    own = f"tests/fleet/rules/articles/test_article_{int(number):02d}{letter}.py"

    assert any(own in row[3] for of, row in ROWS if of == article)


def test_every_kind_of_case_is_on_the_page() -> None:
    named = {name.removeprefix("case ") for name in WHERE if name.startswith("case ")}

    assert {"setting", "key"} | named >= set(CASES), "settings are shown at /api/settings, keys with the checks"


def test_every_article_a_refusal_can_name_is_on_the_page() -> None:
    cited = {
        article
        for path in (ROOT / "fleet").rglob("*.py")
        for article in re.findall(r'article="([0-9]+[ab]?)"', path.read_text(encoding="utf-8"))
    }

    assert cited <= set(ARTICLES)
