"""A hub with figures of two provinces, and accounts, keys and sessions of every kind to ask it with."""

import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import uvicorn
from fastapi import FastAPI

from accounts import directory, keys, rights, sessions
from connectors.source_files import load_sources
from hub.periods import Period
from kpis.notes import write_note
from tests.installation import CATALOGUE, refresh
from tests.kpis.facts import Facts
from warehouse.database import connect
from warehouse.serving import find_area, find_province

TOWN, FAR, DISTRICT = "05971", "06001", "178"
"""A commune of Lạng Sơn city, one of another district, and the city itself."""
OWN, OTHER = "000.00.11.H37", "000.00.12.H37"
DAYS = (date(2022, 12, 31), date(2023, 3, 31))
JANUARY = Period(date(2023, 1, 1), date(2023, 1, 31))
DELIVERED = 60_077
"""Records that an operator brought."""
WORTHLESS = ["nobody", "forged", "expired", "revoked", "ended", "closed", "key as wall", "expired session"]
WORTHLESS += ["idle session", "forged session", "closed in browser", "expired wall", "revoked wall", "forged wall"]
"""Callers whose credentials are worth nothing, or not any more."""
NOTES = {
    "mất-điện-toàn-tỉnh": ("whole", "20"),
    "mất-điện-thành-phố": ("town", DISTRICT),
    "mất-điện-phường": ("town", TOWN),
    "mất-điện-xã-xa": ("far", FAR),
    "ngập-lụt-phương-nam": ("south", "84"),
}
"""Word of a note on figures of January 2023 → the caller whose area it is of, and that area."""


def _notes_but(caller: str) -> list[str]:
    return [word for word, (own, _) in NOTES.items() if own != caller]


FOREIGN = {
    "south": [OWN, OTHER, "H37", "Lạng Sơn", TOWN, "Tam Thanh", *_notes_but("south")],
    "town": [FAR, "H59", "Trà Vinh", *_notes_but("town")],
    "far": [TOWN, DISTRICT, "H59", *_notes_but("far")],
    "office": [OWN, "H59", *NOTES],
    "press": ["gate_vehicles", "online_dossier_rate", "dvc", "feedback_resolved_rate", "H59", *NOTES],
    "viewer": ["H59", "Trà Vinh", "ngập-lụt-phương-nam"],
}
"""Caller → words that only stand in what it may not see."""
KPIS = ("online_dossier_rate", "gate_vehicles", "feedback_resolved_rate", "positive_press_rate", "base_stations")
EVIL = '=HYPERLINK("http://elsewhere.example")'


@dataclass
class World:
    """The hub's address, and how each caller proves who it is."""

    url: str
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    def publish(self, vehicles: int = 1) -> None:
        """Something new: vehicles at the gate, checked and refreshed."""
        with connect(self.url, "owner") as owner:
            facts = Facts(owner)
            facts.add("fact_vehicle", _days(vehicles, "processed_at", declaration_code="new", start=self._next))
            self._next += vehicles
            facts.publish("gate.vehicles", DAYS, date(2023, 1, 1))
        refresh(self.url, "H37", ["gate_vehicles"])

    _next: int = 0


def _days(count: int, column: str, start: int = 0, **said: Any) -> Iterable[dict[str, Any]]:
    first = date(2023, 1, 5)
    for place in range(start, start + count):
        own = {
            name: f"{value}-{place}" if name.endswith("_code") and name.startswith("decl") else value
            for name, value in said.items()
        }
        yield {column: f"{first + timedelta(days=place % 80)}T08:00:00+07:00", **own}


def fill(url: str) -> World:
    """Facts, observations, callers."""
    world = World(url)
    with connect(url, "owner") as owner:
        facts = Facts(owner)
        for area, organisation, channel, count in (
            (TOWN, OWN, "online", 7),
            (TOWN, OTHER, "direct", 5),
            (FAR, OWN, "direct", 3),
            (FAR, OTHER, "online", 2),
        ):
            rows = _days(count, "received_at", area=area, organisation=organisation, channel_code=channel)
            facts.add("fact_dossier", rows)
        facts.add("fact_vehicle", _days(40, "processed_at"))
        facts.add("fact_feedback", _days(6, "received_at", area=TOWN))
        facts.add("fact_feedback", _days(4, "received_at", area=FAR, status_code="in_progress"))
        facts.add("fact_article", _days(8, "published_at", sentiment="positive"))
        facts.add("fact_station", [{"month_end_day": date(2023, 3, 31), "area": area} for area in (TOWN, FAR)])
        for feed in sorted({feed for kpi in KPIS for feed in CATALOGUE.find(kpi).sources}):
            batch = facts.publish(feed, DAYS)
            if feed == "telecom.stations":
                facts.deliver(batch, "operator_code", vnpt=DELIVERED)
        facts.publish("press.articles", (date(2023, 4, 1), date(2023, 4, 1)), status="blocked")
        _rules(owner)
        south = Facts(owner, "H59")
        south.add("fact_vehicle", _days(9, "processed_at", declaration_code="south"))
        south.publish("gate.vehicles", DAYS)
        _notes(owner)
        owner.commit()
    refresh(url, "H37", KPIS)
    refresh(url, "H59", ["gate_vehicles"])
    _accounts(world)
    return world


def _notes(owner: Any) -> None:
    """Notes on dossiers, vehicles and feedback of each of the areas, by a command."""
    for word, (caller, code) in NOTES.items():
        province = find_province(owner, "H59" if caller == "south" else "H37")
        area = find_area(owner, province, code, JANUARY.last).area_id
        for kpi in ("online_dossier_rate", "gate_vehicles", "feedback_resolved_rate"):
            write_note(owner, province, kpi, area, JANUARY, f"Hệ thống {word} {EVIL}")


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """The app behind a real server; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            app.state.versions.close()
            server.should_exit = True
            thread.join(10)


def _rules(owner: Any) -> None:
    """What rules said of two published batches."""
    owner.execute(
        "insert into quality.rule_result (batch_id, rule_id, severity, expectation, executed, passed, evaluated,"
        " failed, description_vi, description_en) select b.batch_id, r.rule, 'reject', 'expect_something', true,"
        " r.failed = 0, 10, r.failed, 'Quy tắc', 'Rule' from ledger.batch as b"
        " join (values ('press', 'known_sentiment', 2),"
        " ('press', 'key_not_null', 0), ('gate', 'key_not_null', 0)) as r (source, rule, failed) using (source)"
        " where b.status = 'published'"
    )


def _accounts(world: World) -> None:
    with connect(world.url, "owner") as owner:
        for login, role, limits in (
            ("whole", "auditor", rights.find_limits(owner, "H37")),
            ("hub", "admin", rights.Limits()),
            ("south", "auditor", rights.find_limits(owner, "H59")),
            ("viewer", "viewer", rights.find_limits(owner, "H37")),
            ("town", "department", rights.find_limits(owner, "H37", f"{DISTRICT}@2023-03-31")),
            ("far", "department", rights.find_limits(owner, "H37", f"{FAR}@2023-03-31")),
            ("office", "department", rights.find_limits(owner, "H37", None, [OTHER])),
            ("press", "department", rights.find_limits(owner, "H37", None, None, ["press"])),
            ("closed", "auditor", rights.find_limits(owner, "H37")),
        ):
            number = directory.create(owner, login, login, role, limits)  # type: ignore[arg-type]
            world.headers[login] = _bearer(keys.create(owner, number, "test", ["read", "explain", "rows", "export"], 9))
            world.headers[f"{login} in browser"] = _signed_in(owner, number)
        whole = directory.find(owner, "whole")
        world.headers["browser"] = world.headers["whole in browser"]
        for name, over in SESSIONS_OVER.items():
            world.headers[name] = _signed_in(owner, whole.account_id, over)
        world.headers["forged session"] = {"Cookie": world.headers["browser"]["Cookie"][:-3] + "abc"}
        reads = keys.create(owner, whole.account_id, "reads", ["read"], 9)
        world.headers["reads"] = _bearer(reads)
        world.headers["key as wall"] = {"Cookie": f"ioc_wall={reads}"}
        wall = keys.create(owner, whole.account_id, "wall", ["wall"], 9)
        world.headers |= {"wall": _bearer(wall), "wall in browser": {"Cookie": f"ioc_wall={wall}"}}
        hub = directory.find(owner, "hub").account_id
        world.headers["prometheus"] = _bearer(keys.create(owner, hub, "prometheus", ["metrics"], 9))
        expired, revoked = (keys.create(owner, whole.account_id, name, ["read"], 9) for name in ("old", "gone"))
        walls = {name: keys.create(owner, whole.account_id, f"{name} wall", ["wall"], 9) for name in ("old", "gone")}
        owner.execute("update access.api_key set expires_at = now() - interval '1 s' where name in ('old', 'old wall')")
        keys.revoke(owner, revoked)
        keys.revoke(owner, walls["gone"])
        world.headers["expired wall"] = {"Cookie": f"ioc_wall={walls['old']}"}
        world.headers["revoked wall"] = {"Cookie": f"ioc_wall={walls['gone']}"}
        world.headers["forged wall"] = {"Cookie": f"ioc_wall={wall[:-3]}abc"}
        directory.disable(owner, directory.find(owner, "closed"))
        world.headers |= {"expired": _bearer(expired), "revoked": _bearer(revoked), "nobody": {}}
        world.headers["forged"] = _bearer(reads[:-3] + "abc")
        owner.commit()


SESSIONS_OVER = {
    "ended": "ended_at = now()",
    "expired session": "expires_at = now() - interval '1 s'",
    "idle session": "last_seen_at = now() - interval '1 day'",
}
"""Caller → what became of its session."""


def _signed_in(owner: Any, account: int, over: str | None = None) -> dict[str, str]:
    caller = directory.find_caller(owner, account)
    assert caller is not None
    token = sessions.open_for(owner, caller)
    if over:
        owner.execute(f"update access.session set {over} where token_sha256 = %s", [sha256(token.encode()).hexdigest()])
    return {"Cookie": f"ioc_session={token}"}


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


SOURCES = load_sources()
