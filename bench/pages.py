"""Pages in a browser that has never seen them: how long until there is something to see, and how much was sent."""

import shutil
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = next(
    (
        found
        for name in ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
        if (found := shutil.which(name))
    ),
    None,
)
AIM_MS, AIM_KIB = 400, 150
_KPI = "/kpis/on_time_dossier_rate"
PATHS = (
    "/wall",
    "/",
    "/fields/public_services",
    _KPI,
    f"{_KPI}/map",
    f"{_KPI}/explain",
    "/areas/180",
    "/explore?kpi=on_time_dossier_rate&kpi=gate_vehicles&area=20&area=180",
    "/freshness",
    "/quality",
    "/guide",
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
class SeenPage:
    """Medians of the rounds."""

    path: str
    rounds: int
    first_content_ms: float
    of_first_visit_ms: float
    """The same of the first round, for which the server had to make the page."""
    requests: int
    kib: float
    """Of all answers with their headers, as they were on the wire."""


def measure(address: str, key: str, session: str, rounds: int) -> list[SeenPage]:
    """Each page so often, in a context without any cache: the wall with its key, the others in a session. None of them
    where there is no Chromium."""
    if CHROMIUM is None:
        return []
    found = []
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        for path in PATHS:
            cookie = (
                {"name": "ioc_wall", "value": key} if path == "/wall" else {"name": "ioc_session", "value": session}
            )
            seen = [_once(chromium, address, path, cookie) for _ in range(rounds)]
            times, requests, sizes = zip(*seen, strict=True)
            kib = median(sizes) / 1024
            found.append(SeenPage(path, rounds, median(times), times[0], round(median(requests)), kib))
        chromium.close()
    return found


def _once(chromium: Browser, address: str, path: str, cookie: dict[str, str]) -> tuple[float, int, int]:
    context = chromium.new_context(viewport={"width": 1920, "height": 1080}, locale="vi-VN")
    context.add_cookies([{**cookie, "url": address}])
    page, sent = context.new_page(), []

    def keep(request) -> None:
        sent.append(request)

    page.on("requestfinished", keep)
    page.goto(address + path, wait_until="load")
    page.evaluate("document.fonts.ready.then(() => 0)")
    first = page.evaluate(_FIRST_CONTENT)
    sizes = [request.sizes() for request in sent]
    context.close()
    return first, len(sizes), sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
