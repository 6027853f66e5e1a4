"""Whatever a case keeps is shown on its page under a name that people read, short enough for its column."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from types import ModuleType

import pytest
from rich.cells import cell_len

from fleet.rules import cases, four_eyes
from fleet.rules.case import Kind
from fleet.words import LANGUAGES, Language, Words
from tui.rows.cases import LABEL_CELLS, field_name

RULES = [module for module in vars(cases).values() if isinstance(getattr(module, "KIND", None), Kind)]


def kept(module: ModuleType) -> Iterator[str]:
    """The names a kind's acts take, and those its effects put down."""
    for deed in module.KIND.acts.values():
        yield from deed.takes
    for source in (module, four_eyes):
        for node in ast.walk(ast.parse(inspect.getsource(source))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "put":
                yield from (keyword.arg for keyword in node.keywords if keyword.arg)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("module", RULES, ids=lambda module: module.KIND.name)
def test_every_fact_of_a_case_has_a_name_that_fits(module: ModuleType, language: Language) -> None:
    words, kind = Words(language, "console"), module.KIND.name
    names = set(kept(module))
    assert names

    families = ("field", "field_of", f"field_of.{kind}")
    assert {name for name in names if not any(f"{family}.{name}" in words for family in families)} == set()
    assert {name for name in names if cell_len(field_name(words, kind, name)) > LABEL_CELLS} == set()
