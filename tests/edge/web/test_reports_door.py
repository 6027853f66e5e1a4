"""A month's report over the API: the same figures as the command writes, as a file in the caller's language."""

from __future__ import annotations

import io

import openpyxl
import pytest

from fleet.words import Words
from tests.edge.web.conftest import Api

pytestmark = pytest.mark.anyio
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(("form", "media_type", "begins"), [
    ("json", "application/json", b"{"),
    ("text", "text/plain", "阿右旗林草局".encode()),
    ("xlsx", XLSX, b"PK"),
    ("pdf", "application/pdf", b"%PDF"),
])  # fmt: skip
async def test_a_month_is_answered_in_every_form(api: Api, form: str, media_type: str, begins: bytes) -> None:
    answer = await (await api.signed_in("3001")).get("/reports/month/2026-11", form=form)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media_type)
    assert answer.content.startswith(begins)


async def test_a_report_speaks_the_callers_language(api: Api) -> None:
    answer = await (await api.signed_in("3001", language="en")).get("/reports/month/2026-11", form="xlsx")

    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet["A4"].value == Words("en", "command")("report.column.plate")


@pytest.mark.parametrize(("month", "form", "code"), [
    ("2026-13", "json", "field_not_a_date"),
    ("now", "json", "field_not_a_date"),
    ("2026-11", "doc", "field_not_listed"),
])  # fmt: skip
async def test_what_is_no_month_and_no_form_is_said(api: Api, month: str, form: str, code: str) -> None:
    answer = await (await api.signed_in("3001")).get(f"/reports/month/{month}", form=form)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
