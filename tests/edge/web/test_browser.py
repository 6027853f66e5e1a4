"""A unit's day in a real browser, with scripts and without: apply, approve, dispatch, depart, come home.

Every page is watched: nothing may break the content policy, fail in a script, or ask any other machine for anything.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from edge.web.times import to_field
from tests.edge.web.conftest import PINS, Api

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

PHONE, KIOSK = {"width": 420, "height": 900}, {"width": 1280, "height": 800}
TARGET_PX_MIN = 80
CONTRAST_MIN = 7.0
Open = Callable[..., Coroutine[Any, Any, Page]]

# What a refusal on a page looks like from the browser: the page itself, with the status of the refusal.
EXPECTED = "Failed to load resource: the server responded with a status of"


@asynccontextmanager
async def watched(browser: Browser, address: str) -> AsyncIterator[Open]:
    """Open pages that are watched; leaving the block fails for whatever they did that they may not."""
    wrong: list[str] = []

    def request(asked: Any) -> None:
        if urlsplit(asked.url).hostname != "127.0.0.1":
            wrong.append(f"asked {asked.url}")

    async with AsyncExitStack() as stack:

        async def open_page(path: str, *, size: dict[str, int], scripts: bool = True, language: str = "zh-CN") -> Page:
            context = await browser.new_context(
                viewport=size,  # type: ignore[arg-type]
                java_script_enabled=scripts,
                locale=language,
                timezone_id="Asia/Shanghai",
            )
            stack.push_async_callback(context.close)
            page = await context.new_page()
            page.on("request", request)
            page.on("pageerror", lambda error: wrong.append(f"failed: {error}"))
            page.on(
                "console",
                lambda message: (
                    wrong.append(f"said: {message.text}")
                    if message.type in {"error", "warning"} and not message.text.startswith(EXPECTED)
                    else None
                ),
            )
            await page.goto(address + path)
            return page

        yield open_page
    assert wrong == []


@pytest.fixture
async def open_page(browser: Browser, address: str) -> AsyncIterator[Open]:
    async with watched(browser, address) as opened:
        yield opened


async def sign_in(page: Page, name: str, pin: str) -> None:
    await page.get_by_label(name, exact=True).check()
    await page.locator("#pin").fill(pin)
    await page.locator("button.main").click()


async def fill_in(page: Page, form: dict[str, Any]) -> None:
    for name in ("rider", "department", "phone", "reason", "origin", "destination", "passengers"):
        await page.locator(f"#{name}").fill(str(form[name]))
    await page.locator("#start_ms").fill(to_field(form["start_ms"]))
    await page.locator("#end_ms").fill(to_field(form["end_ms"]))
    await page.locator("input[name=category]").nth(2).check()


async def to_the_trip(page: Page, pin: str, *, scripts: bool) -> None:
    await page.locator("a.main").click()
    await page.get_by_role("link", name="孟克").click()
    if scripts:
        for digit in pin:
            await page.locator(f"[data-key='{digit}']").click()
    else:
        await page.locator("#pin").fill(pin)
    await page.locator("button.main").click()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_the_day(open_page: Open, api: Api, scripts: bool, language: str) -> None:
    phone = await open_page("/", size=PHONE, scripts=scripts, language=language)
    await phone.locator("a.door.apply").click()
    await sign_in(phone, "办公室", PINS["1001"])
    await fill_in(phone, api.form())
    await phone.locator("form.sheet button.main").click()
    await expect(phone.locator(".done")).to_contain_text("0001")

    approver = await open_page("/approve", size=PHONE, scripts=scripts, language=language)
    await sign_in(approver, "李志强", PINS["2001"])
    await approver.locator(".decide .approve summary").click()
    await approver.locator(".decide .approve input[name=pin]").fill(PINS["2001"])
    await approver.locator(".decide .approve button").click()
    await expect(approver.locator(".done")).to_contain_text("0001")
    await expect(approver.locator(".empty")).to_be_visible()

    await api.must("3001", "1-00001", "dispatch", vehicle="蒙M-0B312", driver="4001")

    kiosk = await open_page("/kiosk", size=KIOSK, scripts=scripts, language=language)
    await expect(kiosk.locator(".idle .plate")).to_have_text("蒙M-0B312")
    await to_the_trip(kiosk, PINS["4001"], scripts=scripts)
    for group in ("outside", "engine_bay", "inside"):
        await expect(kiosk).to_have_url(re.compile(f"/check/{group}$"))
        await kiosk.locator("button.main").click()
    await kiosk.locator("#odometer_km").fill("45218")
    await kiosk.locator("button.main").click()
    await expect(kiosk.locator(".reading")).to_contain_text("45,218")
    await kiosk.locator("[data-hold]").click(delay=1200 if scripts else 0)
    await expect(kiosk.locator(".message.done")).to_be_visible()
    assert await state(api) == "departed"

    await kiosk.locator("a.main").click()
    await to_the_trip(kiosk, PINS["4001"], scripts=scripts)
    await kiosk.locator("a.main").click()
    await kiosk.locator("#odometer_km").fill("45398")
    await kiosk.locator("button.main").click()
    for answer in ("fuel_quarters", "receipts", "key_to"):
        await kiosk.locator(f"button[name={answer}]").nth(1).click()
    await expect(kiosk.locator(".message.done")).to_be_visible()
    assert await state(api) == "back"

    await phone.reload()
    await expect(phone.locator("[aria-current=step]")).to_have_text({"zh-CN": "归队", "en": "Home"}[language])


async def state(api: Api) -> str:
    order = (await (await api.signed_in("3001")).get("/orders/1-00001")).json()
    return str(order["state"])


async def test_a_page_of_cards_shows_what_comes_in_by_itself_and_only_offers_it_to_who_is_busy(
    open_page: Open, api: Api
) -> None:
    page = await open_page("/approve", size=PHONE)
    await sign_in(page, "李志强", PINS["2001"])
    await expect(page.locator(".empty")).to_be_visible()

    await api.applied()
    await expect(page.locator(".decide")).to_have_count(1)

    await page.locator(".decide .approve summary").click()
    await page.locator(".decide .approve input[name=opinion]").fill("同意, 注意防火")
    await api.applied(urgency=0)
    await expect(page.locator(".news")).to_be_visible()
    await expect(page.locator(".decide")).to_have_count(1)
    await expect(page.locator(".decide .approve input[name=opinion]")).to_have_value("同意, 注意防火")

    await page.locator(".news").click()
    await expect(page.locator(".decide")).to_have_count(2)


async def test_the_idle_kiosk_lists_a_departure_as_it_is_dispatched(open_page: Open, api: Api) -> None:
    page = await open_page("/kiosk", size=KIOSK)
    await expect(page.locator(".plate")).to_have_count(0)

    await api.dispatched()

    await expect(page.locator(".plate")).to_have_text("蒙M-0B312")


async def test_what_was_typed_survives_a_page_that_was_closed_by_mistake_and_is_gone_once_sent(
    open_page: Open, api: Api, address: str
) -> None:
    page = await open_page("/apply", size=PHONE)
    await sign_in(page, "办公室", PINS["1001"])
    await fill_in(page, api.form())
    await page.goto(address)
    await page.goto(f"{address}/apply")
    await expect(page.locator("#destination")).to_have_value("额肯呼都格")
    await expect(page.locator("input[name=category]").nth(2)).to_be_checked()

    await page.locator("form.sheet button.main").click()
    await expect(page.locator(".done")).to_be_visible()
    await page.wait_for_load_state()
    await page.goto(f"{address}/apply")
    await expect(page.locator("#destination")).to_have_value("")


async def test_a_brush_of_a_sleeve_does_not_depart(open_page: Open, api: Api, address: str) -> None:
    page = await to_departure(open_page, api, address)

    await page.locator("[data-hold]").click()
    await page.clock.run_for(5_000)
    assert await state(api) == "dispatched"

    await page.locator("[data-hold]").hover()
    await page.mouse.down()
    await page.clock.run_for(900)
    await page.mouse.up()
    await page.clock.run_for(5_000)
    assert await state(api) == "dispatched"

    await page.mouse.down()
    await page.clock.run_for(1_100)
    await expect(page.locator(".message.done")).to_be_visible()
    assert await state(api) == "departed"


async def to_departure(open_page: Open, api: Api, address: str) -> Page:
    """A kiosk with the trip checked and the odometer typed; its clock is the test's."""
    order = await api.dispatched()
    page = await open_page("/kiosk/pin/4001", size=KIOSK)
    await page.clock.install()
    await page.locator("#pin").fill(PINS["4001"])
    await page.locator("button.main").click()
    for _ in range(3):
        await page.locator(".check button.main").click()
        await page.wait_for_load_state()
    await page.goto(f"{address}/kiosk/trips/{order}/depart")
    await page.locator("#odometer_km").fill("45218")
    await page.locator("button.main").click()
    await expect(page.locator(".reading")).to_be_visible()
    await page.wait_for_load_state()
    return page


async def test_a_kiosk_left_alone_asks_counts_down_and_goes_back_to_idle_with_the_check_kept(
    open_page: Open, api: Api, address: str
) -> None:
    page = await to_departure(open_page, api, address)
    dialog = page.locator("dialog")

    await page.clock.run_for(59_000)
    await expect(dialog).to_be_hidden()
    await page.clock.run_for(2_000)
    await expect(dialog).to_be_visible()
    await page.locator("[data-stay]").click()
    await expect(dialog).to_be_hidden()

    await page.clock.run_for(61_000)
    await expect(dialog).to_be_visible()
    await page.clock.run_for(20_000)
    await expect(page.locator(".idle")).to_be_visible()

    await page.goto(f"{address}/kiosk/pin/4001")
    await page.locator("#pin").fill(PINS["4001"])
    await page.locator("button.main").click()
    await expect(page.locator(".reading")).to_contain_text("45,218")


MEASURE = """() => [...document.querySelectorAll("main button, main .button, footer button, footer a, .items label")]
  .filter((each) => each.getClientRects().length)
  .map((each) => { const box = each.getBoundingClientRect();
    return [each.textContent.trim(), box.width, box.height]; })"""

# Relative luminance and contrast as WCAG 2.2 defines them, of every text against the nearest painted ground.
CONTRAST = """() => {
  const rgb = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (each) => { for (let at = each; at; at = at.parentElement) {
    const colour = rgb(getComputedStyle(at).backgroundColor); if (colour[3] !== 0) return colour; }
    return [255, 255, 255]; };
  const speaks = (each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...document.querySelectorAll("body *")]
    .filter((each) => each.getClientRects().length && speaks(each))
    .map((each) => { const a = light(rgb(getComputedStyle(each).color)), b = light(ground(each));
      return [each.textContent.trim().slice(0, 30), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05),
              parseFloat(getComputedStyle(each).fontSize)]; });
}"""


async def test_at_the_kiosk_every_target_is_large_and_every_text_large_and_dark(
    open_page: Open, api: Api, address: str
) -> None:
    order = await api.dispatched()
    page = await open_page("/kiosk/pin/4001", size=KIOSK)
    await page.locator("#pin").fill(PINS["4001"])
    await page.locator("button.main").click()
    await page.locator(".items input").first.check()
    for path in ("", "/check/inside", "/depart", "stop"):
        small = [seen for seen in await page.evaluate(MEASURE) if min(seen[1:]) < TARGET_PX_MIN]
        faint = [seen for seen in await page.evaluate(CONTRAST) if seen[1] < CONTRAST_MIN or seen[2] < 32]

        assert (small, faint) == ([], []), page.url
        assert await page.evaluate("document.documentElement.scrollWidth") <= KIOSK["width"]
        if path != "stop":
            await page.goto(f"{address}/kiosk/trips/{order}{path}")
    for path in ("/kiosk", "/kiosk/who", "/kiosk/pin/4002"):
        await page.goto(address + path)
        assert [seen for seen in await page.evaluate(MEASURE) if min(seen[1:]) < TARGET_PX_MIN] == []
        assert [seen for seen in await page.evaluate(CONTRAST) if seen[1] < CONTRAST_MIN or seen[2] < 32] == []


async def test_pages_on_a_phone_read_well_and_nothing_runs_off_the_side(
    open_page: Open, api: Api, address: str
) -> None:
    order = await api.applied(remark="带两把铁锹")
    await api.must("2001", order, "send_back", reason="可与他人合乘", pin=PINS["2001"])
    await api.applied(urgency=0)
    page = await open_page("/apply", size={"width": 360, "height": 740})
    await sign_in(page, "办公室", PINS["1001"])
    for path in ("/apply", f"/apply/{order}", "/approve/sign-in", "/"):
        await page.goto(address + path)
        assert [seen for seen in await page.evaluate(CONTRAST) if seen[1] < 4.5] == [], path
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360, path
    await sign_in_to_approve(page, address)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def sign_in_to_approve(page: Page, address: str) -> None:
    await page.goto(f"{address}/approve")
    await sign_in(page, "李志强", PINS["2001"])
    await expect(page.locator(".decide")).to_have_count(1)


async def test_the_language_is_switched_by_a_tap_and_kept(open_page: Open, address: str) -> None:
    page = await open_page("/kiosk", size=KIOSK)
    await expect(page.locator("a.main")).to_have_text("驾驶员点这里")

    await page.get_by_role("button", name="English").click()
    await expect(page.locator("a.main")).to_have_text("Drivers: tap here")
    await page.goto(f"{address}/apply")
    await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_pages_stand_without_any_third_party_script(open_page: Open) -> None:
    page = await open_page("/", size=PHONE)

    loaded = await page.evaluate("[...document.scripts].map((script) => new URL(script.src).pathname)")

    assert loaded == ["/static/pages.js"]


async def middle_of(page: Page, selector: str) -> tuple[float, float]:
    box = await page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def test_a_yard_is_drawn_with_the_mouse_and_sent_as_it_was_drawn(open_page: Open, api: Api) -> None:
    page = await open_page("/places", size=KIOSK)
    await sign_in(page, "萨仁", PINS["5001"])
    await page.locator("#name").fill("机关大院")
    await page.locator("input[name=shape][value=polygon]").check()
    middle = await middle_of(page, "#sketch")
    for east, south in ((-60, -60), (60, -60), (60, 60), (-60, 60), (90, 90)):
        await page.mouse.click(middle[0] + east, middle[1] + south)
    await page.locator("[data-do=undo]").click()
    await expect(page.locator("#drawn .corner")).to_have_count(4)
    corners = [pair.split(",") for pair in (await page.locator("#outline").input_value()).split()]
    north_west, north_east, south_east, _ = [(float(lat), float(lon)) for lat, lon in corners]
    assert north_west[0] == north_east[0] > south_east[0]
    assert north_west[1] < north_east[1] == south_east[1]

    before = await page.locator("#sketch").get_attribute("viewBox")
    middle = await middle_of(page, "#sketch")
    await page.mouse.move(*middle)
    await page.mouse.down()
    await page.mouse.move(middle[0] + 80, middle[1])
    await page.mouse.up()
    assert await page.locator("#sketch").get_attribute("viewBox") != before
    await expect(page.locator("#drawn .corner")).to_have_count(4)

    await page.locator("#reason").fill("新院落启用")
    await page.locator("#place button.main").click()
    await expect(page.locator(".done")).to_be_visible()
    (row,) = (await (await api.signed_in("6001")).get("/cases/change", state="proposed")).json()["rows"]
    answer = await (await api.signed_in("6001")).post(f"/cases/change/{row['id']}/acts/approve", {"pin": PINS["6001"]})
    assert answer.status_code == 200, answer.text
    await page.goto(page.url.partition("?")[0])
    await expect(page.locator("#sketch a text")).to_have_text("机关大院")
