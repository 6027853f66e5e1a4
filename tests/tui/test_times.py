"""Times of day and ages as people read them, and what the header says of the records."""

from __future__ import annotations

import pytest

from fleet.words import Words
from tests.tui.a_day import NOW_MS, a_board, at
from tui.rows.header import Heading, header_line, sync_words
from tui.shapes import Sync
from tui.times import HOUR_MS, MINUTE_MS, age, ago, brief, moment

WORDS = Words("zh_CN", "console")


@pytest.mark.parametrize(
    ("passed_ms", "said"),
    [
        (0, "刚刚"),
        (MINUTE_MS - 1, "刚刚"),
        (MINUTE_MS, "1分"),
        (HOUR_MS - 1, "59分"),
        (HOUR_MS, "1小时"),
        (47 * HOUR_MS, "47小时"),
        (48 * HOUR_MS, "2天"),
        (-5 * MINUTE_MS, "刚刚"),  # a clock that is ahead makes nothing older than now
    ],
)
def test_an_age_is_rounded_down_to_one_unit(passed_ms: int, said: str) -> None:
    assert age(WORDS, NOW_MS - passed_ms, NOW_MS) == said


def test_the_day_is_named_when_it_is_not_today() -> None:
    assert moment(at(9, 5), NOW_MS) == "09:05"
    assert moment(at(9, 5, day=18), NOW_MS) == "11-18 09:05"
    assert moment(None, NOW_MS) == "-"
    assert brief(at(9, 5, day=18), NOW_MS) == "11-18"


def test_an_age_as_a_phrase_never_says_ago_of_just_now() -> None:
    assert ago(WORDS, NOW_MS, NOW_MS) == "刚刚"
    assert ago(WORDS, at(11, 30), NOW_MS) == "3小时前"


@pytest.mark.parametrize(
    ("situation", "facts", "said"),
    [
        ("starting", {}, "状态未知, 正在核对"),
        ("all_sent", {"heard_ms": at(14, 20)}, "已全部送达 14:20"),
        ("sending", {"sent": 7}, "正在传 7/12 条"),
        ("waiting", {}, "央端 3小时前听到 12条待传"),
        ("waiting", {"heard_ms": None}, "还没听到央端 12条待传"),
        ("refused", {"refused": 2}, "2条未收, 按 y 查看"),
        ("long_silence", {"heard_ms": at(21, day=17)}, "41小时前联系过央端; 本机可继续 37 天"),
        ("long_silence", {"heard_ms": at(21, day=17), "days_left": None}, "41小时前联系过央端; 本机照常"),
        ("parent_missing", {"held": 3}, "3 条等前序记录"),
        ("parallel_edits", {"conflicts": 1}, "1 单两处改过, 请看"),
        ("clock_doubtful", {}, "时钟可疑, 时间以卫星为准"),
        ("disk_low", {"days_left": 6}, "剩 6 天空间, 请导出到U盘"),
    ],
)
def test_the_state_of_records_is_said_as_it_is_known(situation: str, facts: Sync, said: str) -> None:
    sync: Sync = {**a_board()["sync"], "situation": situation, **facts}

    assert sync_words(WORDS, sync, NOW_MS) == said


@pytest.mark.parametrize("width", [40, 76, 116])
def test_the_header_keeps_its_width_and_cuts_the_units_name_first(width: int) -> None:
    name = "阿拉善右旗林业和草原局森林草原防火办公室"
    heading = Heading(
        name, {"id": "p3", "name": "巴图", "roles": ["dispatcher"]}, NOW_MS, NOW_MS, a_board()["sync"], None
    )
    line = "".join(text for text, _ in header_line(WORDS, heading, width))

    assert "12条待传" in line or width == 40
    assert "14:32 周四" in line
    assert len(line.encode("gbk")) == width
