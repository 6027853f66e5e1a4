"""A table against the register, row by row and cell by cell (Art. 6, 14): nothing is written by looking."""

from __future__ import annotations

import pytest

from fleet.desk.imports import take
from fleet.desk.register import register, vehicle, vehicles
from fleet.desk.tables import ROWS_MAX, preview
from fleet.errors import BadInput, NotAllowed, RuleBroken
from tests.fleet.units import a_node, signer
from tests.simulation.host import Host

CAR: dict[str, object] = {"plate": "NM-1", "cls": "study", "seats": 5, "terminal": "138"}
HEADER = ["车牌", "车辆用途", "座位数", "终端号", "保险到期", "购置价格（元）", "油箱容积(升)", "备忘"]
NEW = ["NM-2", "接待", "7", "0139", "2027年3月1日", "218,500.50", "70", "红色"]


@pytest.fixture
def node() -> Host:
    host = a_node(1, "applicant-1", "dispatcher-1", "driver-1", "admin-1")
    register(host.replica, signer("admin-1"), CAR)
    return host


def test_headers_and_values_are_words_of_either_language_and_units_become_the_registers_own(node: Host) -> None:
    found = preview(node.replica.state, "vehicles", [HEADER, NEW])

    assert found.unknown == ("备忘",)
    [row] = found.rows
    assert (row.number, row.subject, row.status, row.wrong) == (2, "NM-2", "new", ())
    assert {name: will for name, (_, will) in row.changes.items()} == {
        "cls": "reception", "seats": "7", "terminal": "139", "insured_until": "2027-03-01", "price_fen": "21850050",
        "tank_ml": "70000",
    }  # fmt: skip
    assert vehicles(node.replica.state)[-1].plate == "NM-1", "nothing is saved by looking"


def test_a_row_changes_what_it_says_and_leaves_what_it_leaves_empty(node: Host) -> None:
    sheet = [["plate", "class of vehicle", "seats", "terminal", "home"], ["NM-1", "", "", "0140", "Yard"]]
    [row] = preview(node.replica.state, "vehicles", sheet).rows

    assert (row.status, dict(row.changes)) == (
        "changed", {"terminal": ("138", "140"), "home": ("", "Yard"), "terminals_past": ("", "138")},
    )  # fmt: skip
    same = preview(node.replica.state, "vehicles", [["plate", "seats"], ["NM-1", "5"]])
    assert [each.status for each in same.rows] == ["same"]


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("座位数", "many", "field_not_a_number"),
        ("座位数", "5.5", "field_not_a_number"),
        ("座位数", "61", "field_out_of_range"),
        ("座位数", "=5", "cell_formula"),
        ("车辆用途", "游览", "field_not_listed"),
        ("保险到期", "下个月", "field_not_a_date"),
        ("购置价格（元）", "1.005", "field_not_a_number"),
        ("购置价格（元）", "NaN", "field_not_a_number"),
        ("终端号", "", "field_missing"),
        ("车牌", "", "field_missing"),
    ],
)
def test_a_wrong_cell_is_named_by_its_column_with_the_reason(node: Host, column: str, cell: str, code: str) -> None:
    cells = [cell if header == column else value for header, value in zip(HEADER, NEW, strict=True)]

    [row] = preview(node.replica.state, "vehicles", [HEADER, cells]).rows

    [wrong] = row.wrong
    assert (row.status, wrong.code, HEADER[wrong.column - 1]) == ("wrong", code, column)
    assert row.changes == {}


def test_one_vehicle_twice_is_wrong_the_second_time_and_an_empty_row_is_none(node: Host) -> None:
    found = preview(node.replica.state, "vehicles", [HEADER, NEW, [""] * 8, NEW])

    assert [(row.number, row.status) for row in found.rows] == [(2, "new"), (4, "wrong")]
    assert found.rows[1].wrong[0].code == "row_twice"


def test_a_life_that_skips_a_step_is_wrong_in_its_row(node: Host) -> None:
    [row] = preview(node.replica.state, "vehicles", [["plate", "stage"], ["NM-1", "已处置"]]).rows

    assert row.wrong[0].code == "stage_step"


def test_drivers_must_be_enrolled_and_places_lie_somewhere(node: Host) -> None:
    crew = [["工号", "准驾车型", "班次"], ["driver-1", "B1", "08:00-17:30"], ["nobody", "C1", ""]]
    ground = [["name", "类别", "纬度(度)", "经度(度)"], ["Yard", "指定停放点", "39.2", "101.700001"]]

    drivers = preview(node.replica.state, "drivers", crew)
    places = preview(node.replica.state, "places", ground)

    assert [(row.status, [wrong.code for wrong in row.wrong]) for row in drivers.rows] == [
        ("new", []), ("wrong", ["no_person"]),
    ]  # fmt: skip
    assert places.keys() == {
        "place/Yard/kind": "designated", "place/Yard/lat_e6": "39200000", "place/Yard/lon_e6": "101700001",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "sheet", "code"),
    [
        ("boats", [["plate"], ["NM-1"]], "import_kind"),
        ("vehicles", [], "sheet_empty"),
        ("vehicles", [["plate"]], "sheet_empty"),
        ("vehicles", [["plate"], [""]], "sheet_empty"),
        ("vehicles", [["seats"], ["5"]], "column_missing"),
        ("vehicles", [["plate"]] + [["NM-1"]] * (ROWS_MAX + 1), "sheet_too_large"),
    ],
)
def test_what_is_no_table_of_that_kind_is_refused(node: Host, kind: str, sheet: list[list[str]], code: str) -> None:
    with pytest.raises(BadInput, match=code):
        preview(node.replica.state, kind, sheet)


def test_while_a_unit_is_set_up_its_admin_saves_what_was_seen_and_nothing_else(node: Host) -> None:
    found = preview(node.replica.state, "vehicles", [HEADER, NEW])
    for person, confirmed, error in (
        ("dispatcher-1", found.hash, NotAllowed), ("admin-1", "0" * 64, RuleBroken),
    ):  # fmt: skip
        with pytest.raises(error):
            take(node.replica, node.cases, signer(person), found, confirmed=confirmed, name="t.csv")
    made = node.replica.made

    taken = take(node.replica, node.cases, signer("admin-1"), found, confirmed=found.hash, name="t.csv")

    assert (taken.saved, taken.proposed, node.replica.made) == (1, (), made + 1)
    entry = vehicle(node.replica.state, "NM-2")
    assert (entry.cls, entry.price_fen, entry.tank_ml) == ("reception", 21_850_050, 70_000)


def test_a_table_with_a_wrong_row_saves_none_of_it(node: Host) -> None:
    found = preview(node.replica.state, "vehicles", [HEADER, NEW, ["NM-3", *NEW[1:2], "many", *NEW[3:]]])

    with pytest.raises(RuleBroken, match="import_wrong"):
        take(node.replica, node.cases, signer("admin-1"), found, confirmed=found.hash, name="t.csv")

    assert [each.plate for each in vehicles(node.replica.state)] == ["NM-1"]


def test_two_hundred_rows_are_saved_by_a_few_statements(node: Host) -> None:
    rows = [[f"NM-{number}", "接待", "7", f"139{number}", "2027-03-01", "1", "70", ""] for number in range(100, 300)]
    found = preview(node.replica.state, "vehicles", [HEADER, *rows])
    made = node.replica.made

    take(node.replica, node.cases, signer("admin-1"), found, confirmed=found.hash, name="t.csv")

    assert len(vehicles(node.replica.state)) == 201
    assert node.replica.made == made + 5
