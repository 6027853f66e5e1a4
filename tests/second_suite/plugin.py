"""`pytest --suite second`: the tests on a build whose new records are all made with another suite of algorithms."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--suite", choices=("shipped", "second"), default="shipped", help="algorithms of new records")


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    if early_config.known_args_namespace.suite == "second":
        from tests.second_suite.suite import use_everywhere  # before anything has imported the shipped one

        use_everywhere()
