"""Central's pages in a real browser, over real TLS: they stay fresh by themselves and ask nobody but this server."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, Request, expect

from central import app, face, keys
from central.checking import Checking
from central.server import Server, listen
from central.service import Service
from fleet.rules.order import Act
from fleet.tracks.days import DAY_MS, day_of
from tests.central.conftest import PASSPHRASE
from tests.central.test_checking import Told, a_day, found
from tests.central.test_sync import converse
from tests.central.unit import HOUR_MS, PLATE, StillClock, Unit

pytestmark = [pytest.mark.anyio, pytest.mark.browser]
WATCH = (
    "addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"
)


@dataclass
class Watched:
    """A browser with an eye on what it asks for and complains about."""

    address: str
    context: BrowserContext
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str = "/") -> Page:
        page = await self.context.new_page()
        page.on("request", self._asks)
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.add_init_script(WATCH)
        await page.goto(self.address + path)
        return page

    async def sign_in(self, path: str = "/") -> Page:
        page = await self.open(path)
        await page.fill("#name", "admin")
        await page.fill("#passphrase", PASSPHRASE)
        await page.press("#passphrase", "Enter")
        await page.wait_for_selector("#live")
        await page.wait_for_load_state("load")
        return page

    def _asks(self, request: Request) -> None:
        self.asked.append(request.url)


@pytest.fixture
async def address(served: Service, directory: Path) -> AsyncIterator[str]:
    """Where the server answers, with its own certificate."""
    own_keys = keys.load(directory)
    listening = listen("127.0.0.1", 0)
    ready = asyncio.Event()
    config = uvicorn.Config(
        app.create(served),
        ssl_certfile=own_keys.tls_certificate,
        ssl_keyfile=own_keys.tls_key,
        lifespan="off",
        log_level="warning",
        timeout_graceful_shutdown=2,
    )
    server = Server(config, ready=ready.set, stopping=served.live.close)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    await ready.wait()
    yield f"https://127.0.0.1:{listening.getsockname()[1]}"
    served.live.close()
    server.should_exit = True
    await task


@pytest.fixture(params=["zh-CN", "en-GB"])
def locale(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def watched(browser: Browser, address: str, locale: str) -> AsyncIterator[Watched]:
    context = await browser.new_context(ignore_https_errors=True, locale=locale, timezone_id="Asia/Shanghai")
    context.set_default_timeout(15_000)
    one = Watched(address, context)
    yield one
    await context.close()
    assert [url for url in one.asked if not url.startswith(f"{address}/")] == [], "a page asked somebody else"
    assert one.complaints == []


@pytest.fixture(params=["with htmx", "without"])
def scripts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether the third-party script of the set-up is there."""
    if request.param == "without":
        monkeypatch.setattr(face, "HTMX", Path("/nowhere"))
    elif not face.HTMX.is_file():
        pytest.skip("no npm here: the set-up could not bring htmx")
    return str(request.param)


async def test_a_page_follows_what_units_send_without_being_loaded_again(
    scripts: str, watched: Watched, client: httpx.AsyncClient, unit: Unit
) -> None:
    page = await watched.sign_in()
    await page.evaluate("window.loadedOnce = true")
    assert await page.evaluate("typeof htmx") == ("object" if scripts == "with htmx" else "undefined")
    await expect(page.locator("#unit-lyj .fresh-never")).to_have_count(1)

    unit.register_vehicle()
    order = unit.submit()
    await converse(client, unit)
    await expect(page.locator("#unit-lyj .fresh-heard")).to_have_count(1)
    await expect(page.locator(f"#order-lyj-{order} .stand-submitted")).to_have_count(1)

    unit.sent(order)
    await converse(client, unit)
    unit.seen(order=order)
    await converse(client, unit)
    await expect(page.locator(f"#order-lyj-{order} .stand-departed")).to_have_count(1)
    await expect(page.locator(f"[id='vehicle-lyj-{PLATE}'] .place")).to_contain_text("39.2167N")

    assert await page.evaluate("window.loadedOnce") is True
    assert await page.locator("#live").count() == 1


async def test_the_order_page_follows_too_and_leads_back(
    watched: Watched, client: httpx.AsyncClient, unit: Unit, locale: str
) -> None:
    unit.register_vehicle()
    order = unit.submit()
    await converse(client, unit)
    page = await watched.sign_in(f"/units/lyj/orders/{order}")
    await expect(page.locator(".steps li")).to_have_count(1)

    unit.sent(order)
    await converse(client, unit)
    await expect(page.locator(".steps li")).to_have_count(4)
    await expect(page.locator("h1")).to_contain_text("在途" if locale == "zh-CN" else "under way")

    await page.click(".path a")
    await expect(page).to_have_url(re.compile(r"\?unit=lyj&show=open$"))


async def test_what_somebody_has_selected_stays_until_they_let_go(
    watched: Watched, served: Service, client: httpx.AsyncClient, unit: Unit
) -> None:
    page = await watched.sign_in()
    await page.evaluate("getSelection().selectAllChildren(document.querySelector('#unit-lyj'))")
    await expect(page.locator("#live")).to_have_attribute("data-version", served.live.version)
    await converse(client, unit)
    await expect(page.locator("#behind")).to_be_visible()
    await expect(page.locator("#unit-lyj .fresh-never")).to_have_count(1)

    await page.evaluate("getSelection().removeAllRanges()")
    await expect(page.locator("#unit-lyj .fresh-heard")).to_have_count(1)
    await expect(page.locator("#behind")).to_be_hidden()


async def test_a_cut_line_is_said(watched: Watched, served: Service, locale: str) -> None:
    page = await watched.sign_in()
    await expect(page.locator("#cut")).to_be_hidden()

    served.live.close()

    await expect(page.locator("#cut")).to_be_visible()
    await expect(page.locator("#cut")).to_contain_text("断开" if locale == "zh-CN" else "Cut off")
    watched.complaints.clear()  # the browser notes the refused stream itself


async def test_the_language_can_be_changed_on_the_page_and_stays(watched: Watched, locale: str) -> None:
    page = await watched.sign_in()
    other = "en" if locale == "zh-CN" else "zh_CN"
    await page.click(f"nav a[href^='/language/{other}']")
    await expect(page.locator("html")).to_have_attribute("lang", other.replace("_", "-"))
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("lang", other.replace("_", "-"))


async def test_signing_out_leads_to_the_door(watched: Watched) -> None:
    page = await watched.sign_in()
    await page.click("header button")
    await expect(page).to_have_url(f"{watched.address}/sign-in")
    await page.goto(f"{watched.address}/")
    await expect(page.locator("#passphrase")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390, 320])
async def test_nothing_runs_off_the_side_and_everything_has_a_name(
    width: int, watched: Watched, client: httpx.AsyncClient, unit: Unit
) -> None:
    unit.register_vehicle()
    order = unit.submit()
    unit.closed(order)
    unit.seen()
    await converse(client, unit)
    page = await watched.sign_in()
    await page.set_viewport_size({"width": width, "height": 800})
    for path in ("/", "/?show=all", f"/units/lyj/orders/{order}"):
        await page.goto(watched.address + path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert await page.evaluate("[...document.querySelectorAll('a, button')].every(e => e.textContent.trim())")
        assert await page.evaluate("document.querySelectorAll('main').length") == 1


async def test_every_page_works_by_keyboard_alone(watched: Watched, client: httpx.AsyncClient, unit: Unit) -> None:
    order = unit.submit()
    await converse(client, unit)
    page = await watched.sign_in()
    await page.locator(f"#order-lyj-{order} a").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".steps li")).to_have_count(1)


async def test_a_day_and_an_order_of_it_are_drawn_with_nothing_from_elsewhere(
    watched: Watched, served: Service, unit: Unit, clock: StillClock
) -> None:
    told = Told(unit)
    day_ms = day_of(clock.time_ms) + DAY_MS
    clock.time_ms = day_ms + 9 * HOUR_MS
    order = unit.submit(start_ms=str(day_ms + 10 * HOUR_MS), end_ms=str(day_ms + 12 * HOUR_MS))
    unit.sent(order)
    clock.time_ms = day_ms + 11 * HOUR_MS
    unit.act("u4", order, Act.RETURN, odometer_km=45_242, fuel_quarters=2)
    told.days = {day_ms: a_day(day_ms, (10, 12), (15, 6))}
    clock.time_ms = day_ms + 3 * DAY_MS
    told.says(told.judges())
    told.packs(day_ms)
    await found(Checking(served), unit)

    page = await watched.sign_in(f"/units/{unit.code}/orders/{order}")
    await page.locator("a.filter").click()
    await expect(page.locator("#sketch path.way-full")).to_have_count(1)
    await expect(page.locator("#sketch .alarm")).to_have_count(0)
    await page.locator("ul a", has_text=re.compile("whole day|全天")).click()
    await expect(page.locator("#sketch .alarm")).to_have_count(1)
    await page.locator(".marks a", has_text="A01").click()
    await expect(page.locator("#look .check-agrees")).to_have_count(1)
