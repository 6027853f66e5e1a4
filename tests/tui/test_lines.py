"""A list drawn by lines on demand: what is looked at, what is painted, where the cursor stays."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region

from tui.widgets.lines import Lines, Spans

pytestmark = pytest.mark.anyio


class Numbers(App[None]):
    """A list of numbers, each with a text of its own."""

    def __init__(self, *, tall: bool = False) -> None:
        super().__init__()
        self.tall = tall
        self.drawn: list[int] = []
        self.texts: dict[int, str] = {}

    def compose(self) -> ComposeResult:
        yield Lines[int](self._draw, lambda number: number, tall=self.tall)

    @property
    def numbers(self) -> Lines[int]:
        return self.query_one(Lines)

    def _draw(self, number: int, width: int) -> list[Spans]:
        self.drawn.append(number)
        text = self.texts.get(number, f"number {number}")
        return [[(text, "strong")], *([[("  more", "")]] if self.tall else [])]


class Repaints(Lines[int]):
    """A list that remembers which cells it asked to be painted again."""

    regions: list[Region]

    def refresh(self, *regions: Region, **options: bool) -> Repaints:
        self.__dict__.setdefault("regions", []).extend(regions)
        super().refresh(*regions, **options)
        return self


async def test_of_ten_thousand_items_only_those_in_view_are_put_into_words() -> None:
    app = Numbers()
    async with app.run_test(size=(40, 10)) as pilot:
        app.numbers.show(range(10_000))
        app.numbers.focus()
        await pilot.pause()
        await pilot.press("end")
        await pilot.pause()

        assert app.numbers.selected == 9_999
        assert set(app.drawn) <= {*range(10), *range(9_990, 10_000)}


async def test_the_cursor_stays_on_its_item_and_on_its_line_when_items_come_before_it() -> None:
    app = Numbers()
    async with app.run_test(size=(40, 10)) as pilot:
        app.numbers.show(list(range(100)))
        app.numbers.focus()
        await pilot.press(*["down"] * 30)
        top = app.numbers.shown[0]
        app.numbers.show(list(range(-5, 100)))
        await pilot.pause()

        assert app.numbers.selected == 30
        assert app.numbers.shown[0] == top + 5


async def test_when_the_selected_item_is_gone_the_cursor_keeps_its_place() -> None:
    app = Numbers()
    async with app.run_test(size=(40, 10)) as pilot:
        app.numbers.show([1, 2, 3])
        app.numbers.focus()
        await pilot.press("down", "down")
        app.numbers.show([1, 2])

        assert app.numbers.selected == 2
        app.numbers.show([])
        assert app.numbers.selected is None


async def test_items_of_several_lines_are_stepped_over_whole() -> None:
    app = Numbers(tall=True)
    async with app.run_test(size=(40, 5)) as pilot:
        app.numbers.show([1, 2, 3, 4])
        app.numbers.focus()
        await pilot.pause()
        await pilot.press("down", "down")

        assert app.numbers.selected == 3
        assert app.numbers.shown == (1, 3)  # all of the third is in view, the second line of the first still is
        assert app.numbers.line_count == 8


async def test_only_the_cells_that_differ_are_painted_again() -> None:
    class Watching(Numbers):
        def compose(self) -> ComposeResult:
            yield Repaints(self._draw, lambda number: number)

    app = Watching()
    async with app.run_test(size=(40, 10)) as pilot:
        app.numbers.show([1, 2, 3])
        await pilot.pause()
        watched = app.query_one(Repaints)
        app.texts[2] = "number 7"
        watched.regions.clear()
        app.numbers.renew()
        assert watched.regions == [Region(8, 1, 1, 1)]

        await pilot.pause()
        watched.regions.clear()
        app.numbers.renew()
        assert watched.regions == []


async def test_what_is_shown_right_after_the_styles_changed_is_painted() -> None:
    app = Numbers()
    async with app.run_test(size=(40, 10)) as pilot:
        app.numbers.show([1])
        await pilot.pause()
        app.numbers.notify_style_update()
        app.numbers.show([2])
        await pilot.pause()

        assert "number 2" in app.screen._compositor.render_strips()[0].text


async def test_a_title_set_before_there_is_a_layout_is_cut_by_cells_and_never_by_a_sign_of_doubtful_width() -> None:
    class Titled(Numbers):
        CSS = "Lines { border-top: ascii white; border-left: ascii white; border-right: ascii white; }"

        def on_mount(self) -> None:
            self.numbers.set_title("two orders that want one vehicle")

    app = Titled()
    async with app.run_test(size=(24, 10)) as pilot:
        await pilot.pause()
        (top, *_) = app.screen._compositor.render_strips()

    assert top.text == "+- Two orders that w~ -+"


async def test_a_text_tells_the_lines_in_view_and_a_list_its_items() -> None:
    app = Numbers()
    async with app.run_test(size=(40, 4)) as pilot:
        app.numbers.show(list(range(9)))
        await pilot.pause()
        assert (app.numbers.shown, app.numbers.is_text) == ((1, 4), False)

        app.numbers._pointer = False
        app.numbers.action_page(1)
        assert (app.numbers.shown, app.numbers.is_text) == ((4, 7), True)
