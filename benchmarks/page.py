"""What the web page costs a browser: bytes, requests, and time to the first paint.

    python benchmarks/page.py [--rounds 10]

Starts the real server with the starter model and opens both pages in Chromium over loopback, each
time with an empty cache. First paint is what the browser itself reports (PerformancePaintTiming),
from the moment when it begins to go there. Needs tooling/browser/install.sh.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, expect

from ai_translate.supply.lockfile import Lock
from record import write_record
from services import our_service
from support.browsing import browser, tab

ROOT: Final = Path(__file__).parents[1]
_PAGES: Final = {"front": "/", "status": "/page/status.html"}
# Each round another one: the server remembers sentences.
_TEXT: Final = "Where is the station of line {number}?"
_PAINT: Final = (
    "() => performance.getEntriesByType('paint')"
    ".find((entry) => entry.name === 'first-contentful-paint')?.startTime"
)
_NOW: Final = "() => performance.now()"


def visited(chromium: Browser, address: str) -> dict[str, float]:
    """Opens a page once, as for the first time."""
    with tab(chromium) as opened:
        page = opened.page
        page.goto(address)
        page.wait_for_selector("#to option[value], .model", state="attached")
        # Only what is served for the page itself; questions to the server are data.
        files = [one for one in opened.asked if "/native/" not in one.url]
        sizes = [one.sizes() for one in files]
        return {
            "paint_ms": float(page.evaluate(_PAINT)),
            "requests": len(files),
            "bytes": sum(size["responseBodySize"] for size in sizes),
            "bytes_with_headers": sum(
                size["responseBodySize"] + size["responseHeadersSize"] for size in sizes
            ),
        }


def typed_until_translated(chromium: Browser, address: str, number: int) -> float:
    """Milliseconds from a pasted text to its whole translation, the pause for typing included."""
    with tab(chromium) as opened:
        page = opened.page
        page.goto(address)
        page.wait_for_selector("#to option[value]", state="attached")
        began = float(page.evaluate(_NOW))
        page.fill("#source", _TEXT.format(number=number))
        expect(page.locator("#copy")).to_be_visible()
        return float(page.evaluate(_NOW)) - began


def main() -> int:
    """Measures and prints medians."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=10)
    arguments = parser.parse_args()
    figures: dict[str, Any] = {}
    with our_service(ROOT) as service, browser() as chromium:
        front = f"http://127.0.0.1:{service.port}"
        visited(chromium, front + "/")  # the browser itself has to warm up
        for name, path in _PAGES.items():
            visits = [visited(chromium, front + path) for _ in range(arguments.rounds)]
            paints = [visit["paint_ms"] for visit in visits]
            figures[name] = {
                "first_paint_ms": {"median": statistics.median(paints), "worst": max(paints)},
                **{key: visits[0][key] for key in ("requests", "bytes", "bytes_with_headers")},
            }
        times = [
            typed_until_translated(chromium, front + "/", number)
            for number in range(arguments.rounds)
        ]
        figures["pasted_to_translated_ms"] = statistics.median(times)
    folder = ROOT / "src/ai_translate/server/pages/web"
    figures["bytes_of_all_files"] = sum(file.stat().st_size for file in folder.iterdir())
    print(json.dumps(figures, indent=1))
    lock = Lock.read(ROOT / "models.lock")
    write_record("page", figures, models={model.name: model.artifact for model in lock.models})
    return 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
