"""A real browser: the machine's own Chromium, driven by Playwright, on the Prefect UI."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Locator, Page, expect, sync_playwright

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_INSTALL_SECONDS: Final = 600
PATIENCE_SECONDS: Final = 180


def chromium() -> str:
    """The browser's path: what RECLAIM_BROWSER names, else the one on the PATH, else Debian's, installed once."""
    if path := _found():
        return path
    if os.geteuid() == 0 and (apt := shutil.which("apt-get")):
        for command in ((apt, "-qq", "update"), (apt, "-qq", "-y", "--no-install-recommends", "install", "chromium")):
            subprocess.run(command, capture_output=True, timeout=_INSTALL_SECONDS, check=False)
    path = _found()
    assert path, "There is no browser: install Chromium (`apt-get install chromium`), or name one in RECLAIM_BROWSER."
    return path


def _found() -> str | None:
    named = os.environ.get("RECLAIM_BROWSER")
    return named or next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def browsing(folder: Path) -> Iterator[Page]:
    """A page of a browser that is closed afterwards; what it showed when something failed is in `folder`."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=sandbox)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        try:
            yield page
        except BaseException:
            page.screenshot(path=folder / "failed.png", full_page=True)
            raise
        finally:
            browser.close()


def field(page: Page, title: str) -> Locator:
    """A field of a form; the UI ties no label to its box."""
    label = page.locator(".schema-form-property__label", has_text=re.compile(rf"^{re.escape(title)}( \(Optional\))?$"))
    return page.locator(".schema-form-property", has=label).last


def fill(page: Page, title: str, text: str) -> None:
    """Type into a field."""
    box = field(page, title).locator("textarea")
    box.fill(text)
    expect(box).to_have_value(text)


def choose(page: Page, title: str, value: str) -> None:
    """Pick a value of a field's list, by keyboard: a click as quick as Playwright's opens the list and closes it."""
    box = field(page, title).locator(".p-select-button__control")
    box.focus()
    page.keyboard.press("Space")
    page.get_by_role("option", name=value).click()
    expect(box).to_have_text(value)
