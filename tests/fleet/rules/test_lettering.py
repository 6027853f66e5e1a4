"""No name on a drawing lies over another, over a point or beyond the edge; who comes first finds room first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fleet.rules.lettering import Lettered, Name, Sheet, _around, _box, lettered

SHEET = Sheet(-50, -50, 50, 50, 4)
AT = st.floats(-50, 50)
TEXTS = st.sampled_from(["1", "2 4 6", "A18", "车库", "加油站", "北山嘎查"])
NAMES = st.lists(st.builds(Name, TEXTS, AT, AT), max_size=12)


@given(NAMES)
def test_what_is_written_lies_over_nothing_and_within_the_sheet(names: list[Name]) -> None:
    points = [(name.x, name.y) for name in names]
    found = lettered(names, SHEET, points)
    boxes = [_box(name, at, SHEET.em) for name, at in zip(names, found, strict=True) if at]

    assert not any(a.meets(b) for number, a in enumerate(boxes) for b in boxes[number + 1 :])
    assert not any(box.meets(_around(x, y, SHEET.em)) for box in boxes for x, y in points)
    assert all(min(box) >= -50 and max(box) <= 50 for box in boxes)


def test_a_name_alone_stands_above_its_point_and_the_next_at_the_same_point_below() -> None:
    alarm, stop, place = lettered([Name("A18", 0, 0), Name("2", 0, 0), Name("加油站", 0, 0)], SHEET, [(0, 0)])

    assert alarm == Lettered(0, -0.75, "middle")
    assert stop == Lettered(0, 1.5, "middle")
    assert place is not None
    assert place.anchor == "start"


def test_where_there_is_no_room_the_later_names_are_left_out() -> None:
    found = lettered([Name("治沙站", 0, 0)] * 40, SHEET)

    assert found[0] is not None
    assert found[-1] is None
    assert [at is None for at in found] == sorted(at is None for at in found)
