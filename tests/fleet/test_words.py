"""Keys and facts go in, sentences come out, in the language a person asked for."""

from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo

from fleet.words import Explanation, Words, language_from_environment, language_from_header

SENTENCES = {
    ("zh_CN", "fleet"): {
        "order.late": "晚了 {days} 天",
        "state.closed": "已归档",
        "refusal.sealed.what": "已锁 {plate}",
    },
    ("zh_CN", "node"): {"page.title": "派车", "clock": "{hour:02d} 时", "state.closed": "已结"},
}


@pytest.fixture
def locale_dir(tmp_path: Path) -> Path:
    for (language, domain), sentences in SENTENCES.items():
        catalogue = Catalog(locale=language)
        for key, sentence in sentences.items():
            catalogue.add(key, sentence)
        target = tmp_path / language / "LC_MESSAGES" / f"{domain}.mo"
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            write_mo(file, catalogue)
    return tmp_path


@pytest.fixture
def words(locale_dir: Path) -> Words:
    return Words("zh_CN", "node", locale_dir=locale_dir)


def test_a_sentence_is_found_by_its_key_with_the_facts_put_in(words: Words) -> None:
    assert words("page.title") == "派车"
    assert words("order.late", days=3) == "晚了 3 天"


def test_the_own_domain_is_asked_before_the_one_all_faces_share(words: Words, locale_dir: Path) -> None:
    assert words("state.closed") == "已结"
    assert Words("zh_CN", locale_dir=locale_dir)("state.closed") == "已归档"


def test_an_unknown_key_and_an_unknown_fact_are_shown_as_they_stand(words: Words) -> None:
    assert words("no.such.key") == "no.such.key"
    assert words("order.late") == "晚了 {days} 天"
    assert words("clock") == "{hour} 时"


def test_the_catalogues_header_is_no_sentence(words: Words) -> None:
    assert words("") == ""
    assert "" not in words
    assert "page.title" in words


def test_a_language_without_compiled_catalogues_answers_with_keys(locale_dir: Path) -> None:
    words = Words("en", "node", locale_dir=locale_dir)

    assert words("page.title") == "page.title"
    assert words.tag == "en"


def test_a_refusal_is_worded_in_its_three_parts_and_never_left_without_the_first(words: Words) -> None:
    assert words.explain("sealed", {"plate": "A1"}) == Explanation("已锁 A1", "", "")
    assert words.explain("unheard_of", {}) == Explanation("unheard_of", "", "")


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "zh_CN"),
        ({"LANG": "C.UTF-8"}, "zh_CN"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "en"}, "en"),
        ({"LANG": "zh_TW.UTF-8"}, "zh_CN"),
        ({"LANG": "mn_MN.UTF-8"}, "zh_CN"),
        ({"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "zh_CN"),
        ({"LC_MESSAGES": "en_GB", "LANG": "zh_CN"}, "en"),
        ({"ORTOO_LANG": "en", "LC_ALL": "zh_CN.UTF-8"}, "en"),
        ({"ORTOO_LANG": "", "LC_ALL": "POSIX", "LANG": "en_US"}, "en"),
    ],
)
def test_the_first_variable_that_names_a_spoken_language_decides(environment: dict[str, str], language: str) -> None:
    assert language_from_environment(environment) == language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh_CN"),
        ("", "zh_CN"),
        ("*", "zh_CN"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh_CN"),
        ("fr, en;q=0.3, zh;q=0.2", "en"),
        ("zh;q=0.5, en;q=0.9", "en"),
        ("en;q=0", "zh_CN"),
        ("en;q=often", "zh_CN"),
        ("EN-us ; q=1.0", "en"),
    ],
)
def test_the_heaviest_spoken_language_of_a_header_wins(header: str | None, language: str) -> None:
    assert language_from_header(header) == language


def test_an_amount_that_is_refused_is_told_in_yuan() -> None:
    facts = {"field": "amount_fen", "value": 0, "least": 1, "most": 100_000_000}

    told = Words("en").explain("field_out_of_range", facts)

    assert ("0.00" in told.what, "0.01" in told.what, "1000000.00" in told.what) == (True, True, True)
