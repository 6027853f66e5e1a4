"""Asking a terminal over the API: the answer comes back, and a refusal says what, why and what next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from edge.node import Node
from tests.edge.web.conftest import Api

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("whom", "question", "status", "code"),
    [
        ("蒙M-9Z999", {"message": "text", "facts": {"text": "x"}}, 404, "terminal_unknown"),
        ("蒙M-0B312", {"message": "text", "facts": {"text": "x"}}, 507, "terminal_not_heard"),
        ("13800000312", {"message": "position"}, 507, "terminal_not_heard"),
        ("蒙M-0B312", {"message": "text", "wait_s": 0}, 400, "terminal_fact_wrong"),
        ("蒙M-0B312", {"message": "text", "wait_s": 10_000}, 400, "terminal_fact_wrong"),
        ("蒙M-0B312", {"facts": {}}, 400, "json_form"),
        ("蒙M-0B312", {"message": "text", "loud": True}, 400, "json_form"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_words(
    api: Api, whom: str, question: dict[str, Any], status: int, code: str
) -> None:
    answer = await (await api.signed_in("3001")).post(f"/terminals/{whom}/send", question)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code)
    assert told["what"] != code
    assert told["next"]


async def test_call_dispatch_is_an_urgent_text_in_the_units_language(
    api: Api, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str, Mapping[str, Any]]] = []

    async def ask(whom: str, message: str, facts: Mapping[str, Any], wait_s: float) -> dict[str, Any]:
        asked.append((whom, message, facts))
        return {"verdict": "done"}

    monkeypatch.setattr(node.lines, "ask", ask)
    answer = await (await api.signed_in("3001")).post("/terminals/蒙M-0B312/call")
    assert (answer.status_code, answer.json()) == (200, {"verdict": "done"})
    assert asked == [("蒙M-0B312", "call", {"text": "请立即与调度室联系。"})]
