"""`python -m tests.screens.pages.pictures http://127.0.0.1:8080 LOGIN` takes the README's pictures of running screens.

The password is read from a prompt. Not a test: run it against a hub with the world lang-son-2023, and a note on the
vehicles of May 2023 (`ioc note add gate_vehicles TEXT --from 2023-05-16 --to 2023-05-17`).
"""

import getpass
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import ARGUMENTS, CHROMIUM

IMAGES = Path(__file__).parents[3] / "docs" / "images"
PICTURES = {
    "wall": ("/wall", (1920, 1080)),
    "wall-map": ("/wall?board=2", (1920, 1080)),
    "kpi": ("/kpis/online_dossier_rate", (1440, 1500)),
    "map": ("/kpis/online_dossier_rate/map?level=commune", (1440, 1500)),
    "pace": ("/kpis/telecom_revenue", (1440, 900)),
    "notes": ("/kpis/gate_vehicles?series=day&from=2023-05-01&to=2023-05-31#trend-title", (1440, 900)),
    "explore": (
        "/explore?kpi=online_dossier_rate&from=2022-01-01&to=2023-06-30"
        "&area=178&area=180&area=181&area=182&area=183&area=184",
        (1440, 1500),
    ),
    "explain": ("/kpis/online_dossier_rate/explain", (1440, 1300)),
}


def take(address: str, login: str, password: str, folder: Path = IMAGES) -> None:
    """Signs in as people do and keeps a PNG of each page."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        page = browser.new_context(locale="vi-VN", color_scheme="light").new_page()
        page.goto(f"{address}/login")
        page.locator("#login").fill(login)
        page.locator("#password").fill(password)
        page.locator("form.login button").click()
        page.wait_for_selector("nav.pages")
        for name, (path, (width, height)) in PICTURES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.goto(address + path, wait_until="load")
            page.evaluate("document.fonts.ready.then(() => 0)")
            page.screenshot(path=folder / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    take(sys.argv[1].rstrip("/"), sys.argv[2], getpass.getpass())
