"""The source of all paths: one simulated gateway in a process of its own, its pages made beforehand."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import requests

from connectors.slices import Slice, cut
from connectors.source_files import find_feed
from connectors.template import fill

FEED = find_feed("dvc", "dossiers")
FIRST, LAST = date(2023, 1, 1), date(2023, 6, 30)
CLIENT = {"client_id": "ioc-hub", "client_secret": "simulated-only"}
_PROVINCE = "H37"
_BYTES_A_DOSSIER = 900
"""A dossier in a page, plain and zipped, with room to spare."""


def with_dossiers(dossiers: int) -> list[str]:
    """Options of a gateway with so many dossiers, all of which it keeps made."""
    room = dossiers * _BYTES_A_DOSSIER // 1_000_000 + 16
    return ["--world", "bench", "--dossiers", str(dossiers), "--page-cache-mb", str(room)]


@contextmanager
def running(*options: str) -> Iterator[str]:
    """A gateway with these options; gives its address."""
    command = [sys.executable, "-m", "gateway", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().rsplit(" ", 1)[-1].strip()
        finally:
            process.terminate()


def token(address: str) -> str:
    """A Bearer token for paths that bring no client of their own; it holds an hour."""
    answer = requests.post(
        f"{address}/token",
        data={"grant_type": "client_credentials"},
        auth=(CLIENT["client_id"], CLIENT["client_secret"]),
        timeout=30,
    )
    return answer.json()["access_token"]


def queries() -> list[dict[str, object]]:
    """The bodies that ask for the first page of each slice, as the hub asks."""
    return [_body(piece) for piece in cut(FIRST - FEED.look_back, LAST, FEED.slice)]


def warm(address: str) -> int:
    """Asks for everything once, so that the gateway answers from memory; gives the number of dossiers."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token(address)}"
    session.headers["Accept-Encoding"] = "gzip"
    rows = 0
    for query in queries():
        total, page = None, 1
        while total is None or page <= total // FEED.paging.size + 1:
            answer = session.post(address + FEED.request.path, json={**query, "trang": page}, timeout=120).json()
            total, page, rows = int(answer["tongSo"]), page + 1, rows + len(answer["data"])
    for control in FEED.controls:
        values = {"province": _PROVINCE, **Slice(FIRST, LAST).placeholders()}
        session.post(address + control.request.path, json=fill(control.request.body, values), timeout=600)
    return rows


def _body(piece: Slice) -> dict[str, object]:
    values = {"province": _PROVINCE, **piece.placeholders(), "page": 1, "size": FEED.paging.size}
    return fill(FEED.request.body, values)
