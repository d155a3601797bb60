"""The installation's boards as each reader has them, and what the strip tells to whom."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from fastapi.testclient import TestClient

from accounts import directory, rights
from hub.names import Name
from screens.app import create_app
from screens.database import ScreenSettings
from screens.wall_file import BoardSpec
from tests.installation import CATALOGUE
from tests.postgres import Postgres
from tests.screens.pages.conftest import session_of
from tests.screens.pages.world import AUDITOR, DISTRICT, LEADER, OFFICE, STRANGE, World, fill
from warehouse.database import connect


def named(title: str) -> Name:
    return Name(vi=title, en=title)


BOARDS = (
    BoardSpec(title=named("Overview"), large=["online_dossier_rate"], kpis=["gate_vehicles", "phone_density"]),
    BoardSpec(title=named("By area"), map="online_dossier_rate", seconds=30),
    BoardSpec(title=named("Gates"), kpis=["gate_vehicles"]),
    BoardSpec(title=named("Nothing yet"), kpis=["positive_press_rate", "security_threats"]),
)
TOLD = {
    "blocked": ("press", "articles", ["positive_press_rate"]),
    "late": ("telecom", "subscribers", ["phone_density"]),
    "band": (None, None, ["phone_density"]),
    "anomaly": ("gate", "vehicles", ["gate_vehicles"]),
    "quarantine": ("dvc", "dossiers", ["online_dossier_rate"]),
    "anchor": (None, None, []),
}
"""Kind → source, feed, KPIs of an incident."""
ABOUT_PERSONS = {"band": (None, None, ["online_dossier_rate"]), "anomaly": ("dvc", "dossiers", ["online_dossier_rate"])}


@pytest.fixture(scope="module")
def own(postgres: Postgres) -> World:
    world = fill(postgres.database())
    with connect(world.url, "owner") as owner:
        owner.execute("delete from ledger.incident_event")
        owner.execute("delete from ledger.incident")
        for about, kinds in (("things", TOLD), ("persons", ABOUT_PERSONS)):
            for kind, (source, feed, kpis) in kinds.items():
                what = f"{kind} about {about} {STRANGE}"
                owner.execute(
                    "insert into ledger.incident (province_id, kind, cause, source, feed, kpis, what_vi, what_en,"
                    " detail_vi, detail_en, assignee, state) select province_id, %s, %s, %s, %s, %s, %s, %s, 'detail',"
                    " 'detail', 'so-noi-vu', 'assigned' from warehouse.dim_province where code = 'H37'",
                    [kind, f"{kind}/{about}", source, feed, kpis, what, what],
                )
        limits = rights.find_limits(owner, "H37", fields=["press"])
        directory.create(owner, "bao.chi", "bao.chi", "viewer", limits)
        owner.commit()
    return world


@pytest.fixture(scope="module")
def client(own: World) -> Iterator[TestClient]:
    app = create_app(ScreenSettings(own.url, "H37", CATALOGUE, boards=BOARDS, connections=2))
    with TestClient(app, follow_redirects=False, raise_server_exceptions=True) as made:
        yield made


def page_of(client: TestClient, own: World, login: str, query: str = "") -> str:
    client.cookies.clear()
    if login == "wall":
        client.cookies.set("ioc_wall", own.wall_token)
    else:
        client.cookies.set("ioc_session", session_of(own, login))
    answer = client.get(f"/wall?lang=en{query}")
    assert answer.status_code == 200
    return answer.text


def titles(page: str) -> list[str]:
    return re.findall(r'class="board-title[^"]*"[^>]*>([^<]*)<', page)


def told(page: str) -> list[str]:
    """What the strip says, in its order."""
    found = re.findall(r"<li><strong>[^<]*</strong> <span>(.*?)</span>", page, re.S)
    return [unescape(one).partition(" <")[0] for one in found]


def test_a_board_of_which_nothing_is_known_is_left_out(client: TestClient, own: World) -> None:
    assert titles(page_of(client, own, LEADER)) == ["Overview", "By area", "Gates"]
    assert titles(page_of(client, own, "wall")) == ["Overview", "Gates"], "small cells leave no area of it to a machine"


def test_a_district_has_the_boards_and_tiles_of_what_it_has(client: TestClient, own: World) -> None:
    page = page_of(client, own, DISTRICT)
    assert titles(page) == ["Overview", "By area"]
    assert "gate_vehicles" not in page and "is-missing" not in page
    assert page.count('class="board') >= 2 and "<svg" in page.split('class="board-map"')[1]


def test_whoever_has_none_of_the_boards_has_the_hubs_own(client: TestClient, own: World) -> None:
    assert titles(page_of(client, own, "bao.chi")) == ["Key indicators"]


def test_an_address_begins_with_any_board_or_names_its_own_tiles(client: TestClient, own: World) -> None:
    for asked, title in (("2", "By area"), ("99", "Gates")):
        page = page_of(client, own, LEADER, f"&board={asked}")
        (current,) = re.findall(r'class="board-title current"[^>]*>([^<]*)<', page)
        assert current == title
    page = page_of(client, own, LEADER, "&kpi=gate_vehicles&kpi=phone_density")
    assert (titles(page), page.count("<article")) == (["Key indicators"], 2)


def test_a_wrong_board_is_no_address(client: TestClient, own: World) -> None:
    client.cookies.set("ioc_session", session_of(own, LEADER))
    assert client.get("/wall?board=0").status_code == 422


def test_people_of_the_whole_province_read_what_is_wrong_the_gravest_first(client: TestClient, own: World) -> None:
    for login in (LEADER, AUDITOR):
        page = page_of(client, own, login)
        assert told(page) == ["blocked about things", "late about things", "band about persons"]
        assert re.search("[2-9] more<", page), "the other band, the anomaly"


def test_a_source_with_another_incident_is_late_all_the_same(client: TestClient, own: World) -> None:
    """Beside the six incidents, three of which have room, the gates are late, and the operators by an incident."""
    assert "4 more<" in page_of(client, own, LEADER, "&kpi=gate_vehicles&kpi=phone_density")


def test_nobody_reads_who_looks_after_it_nor_what_is_for_those_who_run_the_hub(client: TestClient, own: World) -> None:
    for login in (LEADER, AUDITOR, "wall", DISTRICT, OFFICE, "bao.chi"):
        page = page_of(client, own, login)
        assert not re.search("so-noi-vu|>detail<|quarantine about|anchor about", page), login
        assert STRANGE not in page


def test_a_wall_learns_no_news_of_values_about_persons(client: TestClient, own: World) -> None:
    page = page_of(client, own, "wall")
    assert told(page) == ["blocked about things", "late about things", "band about things"]
    assert "about persons" not in page


def test_limits_hide_what_is_not_ones_own(client: TestClient, own: World) -> None:
    for login in (DISTRICT, OFFICE):
        assert " about things" not in page_of(client, own, login)
    assert told(page_of(client, own, "bao.chi"))[:1] == ["blocked about things"]
    assert "late about" not in page_of(client, own, "bao.chi")


def test_a_late_source_of_ones_own_tiles_is_told_to_everybody(client: TestClient, own: World) -> None:
    """By today's clock all sources of the world are late."""
    said = told(page_of(client, own, DISTRICT))
    assert any("data to 2023-06-30 only" in one for one in said), said
    assert all(re.match(f"{CATALOGUE.sources['dvc'].title}|{CATALOGUE.sources['telecom'].title}", one) for one in said)
