"""Chromium, driven by Playwright: a tab that remembers what it asked for and what went wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import Browser, Page, Request, sync_playwright

__all__ = ["Tab", "browser", "tab"]

_PROGRAM: Final = "chromium-headless-shell"
_PATIENCE_MS: Final = 20_000


@dataclass(frozen=True)
class Tab:
    """A tab in a browser that has never been anywhere.

    Attributes:
        page: What Playwright drives.
        wrong: Errors and warnings of its console, and of its scripts.
        asked: Every request, in order.
    """

    page: Page
    wrong: list[str] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)

    def write(self, text: str) -> None:
        """Puts a text in place of the one that is to be translated."""
        self.page.fill("#source", text)

    def transferred(self) -> int:
        """Bytes of all bodies that came so far."""
        return sum(request.sizes()["responseBodySize"] for request in self.asked)


@contextmanager
def browser() -> Iterator[Browser]:
    """The browser, until the block is left."""
    program = shutil.which(_PROGRAM)
    assert program, f"There is no {_PROGRAM}: tooling/browser/install.sh was not run."
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield started
        finally:
            started.close()


@contextmanager
def tab(
    within: Browser, *, width: int = 1200, dark: bool = False, tongue: str = "en-US", **more: Any
) -> Iterator[Tab]:
    """A tab, until the block is left.

    Args:
        within: The browser.
        width: Of the window.
        dark: What the user prefers.
        tongue: The user's language.
        more: What else a context of Playwright takes.
    """
    context = within.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        locale=tongue,
        **more,
    )
    context.set_default_timeout(_PATIENCE_MS)
    page = context.new_page()
    opened = Tab(page)
    page.on("request", lambda request: opened.asked.append(request))  # noqa: PLW0108  # no builtin is taken
    page.on("pageerror", lambda error: opened.wrong.append(str(error)))
    page.on(
        "console",
        lambda said: opened.wrong.append(said.text) if said.type in {"error", "warning"} else None,
    )
    try:
        yield opened
    finally:
        # A request that a test answers itself may still be on its way.
        context.unroute_all(behavior="ignoreErrors")
        page.unroute_all(behavior="ignoreErrors")
        context.close()
