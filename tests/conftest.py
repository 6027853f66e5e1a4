"""What every test may count on: asyncio alone, Chinese unless it asks otherwise, and an honest word on browsers."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import hypothesis
import pytest
from playwright.async_api import Browser, async_playwright

from fleet.words import DEFAULT_LANGUAGE

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LONGEST = "test_second_suite.py"
"""It takes minutes by itself; begun last, the other processes would wait for it."""
NO_CHROMIUM = "no Chromium on this machine"
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of the program
hypothesis.settings.load_profile("untimed")


def find_chromium() -> str | None:
    """Answer the path of the Chromium to test with: ORTOO_CHROMIUM if set, otherwise the system's."""
    names = (os.environ["ORTOO_CHROMIUM"],) if os.environ.get("ORTOO_CHROMIUM") else CHROMIUM_NAMES
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio only: it is what the node runs on."""
    return "asyncio"


@pytest.fixture(autouse=True)
def first_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that wants another language says so; the locale of the machine decides nothing."""
    monkeypatch.setenv("ORTOO_LANG", DEFAULT_LANGUAGE)


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser that tests marked ``browser`` drive; where it is missing they are skipped."""
    found = find_chromium()
    if found is None:
        pytest.skip(NO_CHROMIUM)
    return Path(found)


@pytest.fixture(scope="session")
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    """One headless browser for the whole run; each test opens contexts of its own in it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_ARGUMENTS))
        yield browser
        await browser.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; skip the browser tests, each by name, where no browser is."""
    items.sort(key=lambda item: item.path.name != LONGEST)
    if find_chromium() is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end, where it is read, that browser tests did not run and how to get them to."""
    skipped = [report for report in terminalreporter.stats.get("skipped", ()) if NO_CHROMIUM in str(report.longrepr)]
    if skipped:
        terminalreporter.section(f"{len(skipped)} BROWSER TESTS DID NOT RUN", sep="*", red=True, bold=True)
        terminalreporter.line("There is no Chromium here. Run: apt install chromium (as root), or set")
        terminalreporter.line("ORTOO_CHROMIUM=/path/to/chromium, then run make test again.")
