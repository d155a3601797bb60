"""The wall in a browser that has never seen it: how long until there is something to see, and how much was sent."""

import shutil
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import sync_playwright

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
_FIRST_CONTENT = """() => new Promise((seen) => {
    const look = () => {
        const [paint] = performance.getEntriesByName("first-contentful-paint");
        paint ? seen(paint.startTime) : requestAnimationFrame(look);
    };
    look();
})"""
"""A promise, since the page's content policy refuses what Playwright would wait with."""
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass(frozen=True)
class Wall:
    """Medians of the rounds."""

    rounds: int
    first_content_ms: float
    requests: int
    kilobytes: float
    """Of all answers with their headers, as they were on the wire."""


def measure(address: str, key: str, rounds: int) -> Wall | None:
    """Each round in a context without any cache; None where there is no Chromium."""
    if CHROMIUM is None:
        return None
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        seen = [_once(chromium, address, key) for _ in range(rounds)]
        chromium.close()
    times, requests, sizes = zip(*seen, strict=True)
    return Wall(rounds, median(times), round(median(requests)), median(sizes) / 1000)


def _once(chromium, address: str, key: str) -> tuple[float, int, int]:
    context = chromium.new_context(viewport={"width": 1920, "height": 1080}, locale="vi-VN")
    context.add_cookies([{"name": "ioc_wall", "value": key, "url": address}])
    page, sent = context.new_page(), []

    def keep(request) -> None:
        sent.append(request)

    page.on("requestfinished", keep)
    page.goto(f"{address}/wall", wait_until="load")
    page.evaluate("document.fonts.ready.then(() => 0)")
    first = page.evaluate(_FIRST_CONTENT)
    sizes = [request.sizes() for request in sent]
    context.close()
    return first, len(sizes), sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
