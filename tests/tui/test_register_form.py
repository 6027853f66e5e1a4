"""An entry of the register as lines of a form: each field of the rules' card, and what of it changes."""

from __future__ import annotations

import pytest

from fleet.rules.vehicle import CARD, KEPT_BY_DESK
from fleet.words import LANGUAGES, Language, Words
from tui.known import Known
from tui.rows.cases import about_lines
from tui.rows.fields import Option, read, shown, texts_of
from tui.rows.register_form import PLATE, card_lines, changes, texts

NOW_MS = 1_790_000_000_000
KNOWN = Known(drivers=(Option("4001", "孟克", "4001"),), places=(Option("机关大院", "机关大院"),))
BEFORE = {
    "cls": "general", "seats": "5", "terminal": "13800000312", "usual_driver": "4001", "home": "机关大院",
    "stage": "in_service", "serves": "emergency general", "tank_ml": "60000", "rated_ml_100km": "8500",
    "price_fen": "18650000", "bought_on": "2024-03-01", "odometer_km": "45218",
}  # fmt: skip


def filled(words: Words, before: dict[str, str], **typed: str) -> dict[str, object]:
    """What a form sends whose lines say what stands there, but for what was typed."""
    lines = card_lines(words, KNOWN, "蒙M-0B312", before)
    says = texts_of(lines, {}) | typed
    return {line.name: value for line in lines if (value := read(line, says[line.name], NOW_MS)) is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_of_the_card_is_a_line_with_a_name_and_a_new_entry_asks_for_the_plate(language: Language) -> None:
    words = Words(language, "console")
    names = [field.name for field in CARD if field.name not in KEPT_BY_DESK]

    assert [line.name for line in card_lines(words, KNOWN, "", {})] == [PLATE, *names]
    assert [line.name for line in card_lines(words, KNOWN, "蒙M-0B312", BEFORE)] == names
    assert all(f"field.{line.name}" in words for line in card_lines(words, KNOWN, "", {}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_entry_left_as_it_is_changes_nothing(language: Language) -> None:
    words = Words(language, "console")

    assert texts(filled(words, BEFORE)) == dict.fromkeys(texts({}), "") | BEFORE
    assert changes(BEFORE, filled(words, BEFORE)) == {"sets": {}, "clears": []}


@pytest.mark.parametrize(("typed", "sets", "clears"), [
    ({"seats": "7"}, {"seats": "7"}, []),
    ({"tank_ml": "72.5"}, {"tank_ml": "72500"}, []),
    ({"price_fen": "199000.50"}, {"price_fen": "19900050"}, []),
    ({"stage": "pending_disposal"}, {"stage": "pending_disposal"}, []),
    ({"serves": "general"}, {"serves": "general"}, []),
    ({"usual_driver": "", "odometer_km": ""}, {}, ["odometer_km", "usual_driver"]),
])  # fmt: skip
def test_what_is_typed_is_what_changes(typed: dict[str, str], sets: dict[str, str], clears: list[str]) -> None:
    told = changes(BEFORE, filled(Words("en", "console"), BEFORE, **typed))

    assert (told["sets"], sorted(told["clears"])) == (sets, clears)


def test_only_stages_that_may_follow_are_offered() -> None:
    lines = {line.name: line for line in card_lines(Words("en", "console"), KNOWN, "蒙M-0B312", BEFORE)}

    assert {option.value for option in lines["stage"].options} == {"in_service", "suspended", "pending_disposal"}
    assert shown(lines["usual_driver"], "4001") == "孟克"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_proposed_change_reads_as_the_card_does(language: Language) -> None:
    words = Words(language, "console")
    sets = {"stage": "suspended", "tank_ml": "72500"}
    data = {"entry": "vehicle/蒙M-0B312", "sets": sets, "clears": ["usual_driver"],
            "was": {"stage": "in_service", "usual_driver": "4001"}, "reason": "-"}  # fmt: skip
    case = {"kind": "change", "data": data, "notes": []}
    said = "\n".join(
        "".join(text for text, _ in line)
        for line in about_lines(words, case, {"4001": "孟克"}, NOW_MS, 76)  # type: ignore[arg-type]
    )

    assert words("stage.suspended") in said
    assert words("litres", n="72.50") in said
    assert "孟克" in said
    for code in ("vehicle/", "suspended" if language != "en" else "in_service", "usual_driver", "72500"):
        assert code not in said
