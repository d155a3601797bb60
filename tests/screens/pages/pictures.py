"""`python -m tests.screens.pages.pictures http://127.0.0.1:8080 LOGIN DISTRICT` takes the documents' pictures of pages
that run: as an account of the whole province, and as one of the district Tràng Định.

The passwords are read from a prompt. Not a test: run it against a hub with the world lang-son-2023, and a note on the
vehicles of May 2023 (`ioc note add gate_vehicles TEXT --from 2023-05-16 --to 2023-05-17`).
"""

import getpass
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from playwright.sync_api import sync_playwright

from tests.browser import ARGUMENTS, CHROMIUM

IMAGES = Path(__file__).parents[3] / "docs" / "images"
Media = Literal["screen", "print"]
Picture = tuple[Media, str, tuple[int, int]]
DESK: Media = "screen"
PAPER: Media = "print"
PICTURES: Mapping[str, Picture] = {
    "wall": (DESK, "/wall", (1920, 1080)),
    "wall-map": (DESK, "/wall?board=2", (1920, 1080)),
    "kpi": (DESK, "/kpis/online_dossier_rate", (1440, 1500)),
    "map": (DESK, "/kpis/online_dossier_rate/map?level=commune", (1440, 1500)),
    "pace": (DESK, "/kpis/telecom_revenue", (1440, 900)),
    "notes": (DESK, "/kpis/gate_vehicles?series=day&from=2023-05-01&to=2023-05-31#trend-title", (1440, 900)),
    "explore": (
        DESK,
        "/explore?kpi=online_dossier_rate&from=2022-01-01&to=2023-06-30"
        "&area=178&area=180&area=181&area=182&area=183&area=184",
        (1440, 1500),
    ),
    "explain": (DESK, "/kpis/online_dossier_rate/explain", (1440, 1300)),
    "work-menu": (DESK, "/reference", (1440, 700)),
    "paper": (PAPER, "/kpis/on_time_dossier_rate", (794, 1123)),
}
"""Name → as a screen or a sheet, the address, and the size in pixels."""
OF_A_DISTRICT: Mapping[str, Picture] = {
    "own-area": (DESK, "/", (1440, 1100)),
    "own-missing": (DESK, "/areas/180", (1440, 1100)),
}


def take(address: str, accounts: Sequence[tuple[str, str, Mapping[str, Picture]]], folder: Path = IMAGES) -> None:
    """Signs in as each of the accounts (login, password, its pictures), as people do, and keeps a PNG of each page."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for login, password, pictures in accounts:
            page = browser.new_context(locale="vi-VN", color_scheme="light").new_page()
            page.goto(f"{address}/login")
            page.locator("#login").fill(login)
            page.locator("#password").fill(password)
            page.locator("form.login button").click()
            page.wait_for_selector("nav.pages")
            for name, (media, path, (width, height)) in pictures.items():
                page.set_viewport_size({"width": width, "height": height})
                page.emulate_media(media=media)
                page.goto(address + path, wait_until="load")
                page.evaluate("document.fonts.ready.then(() => 0)")
                page.screenshot(path=folder / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    whole, district = sys.argv[2:4]
    logins = ((whole, PICTURES), (district, OF_A_DISTRICT))
    take(sys.argv[1].rstrip("/"), [(login, getpass.getpass(f"{login}: "), own) for login, own in logins])
