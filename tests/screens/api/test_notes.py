"""Notes go wherever the figures go that they explain, to whoever sees these; not to a wall in public."""

import io
import time
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from hub.periods import Period
from kpis.notes import withdraw_note, write_note
from screens.api.files import MAIN
from screens.database import FRESH
from tests.screens.api.conftest import Get
from tests.screens.api.hub import DISTRICT, EVIL, FAR, JANUARY, NOTES, TOWN
from warehouse.database import connect
from warehouse.serving import find_area, find_province

DOSSIERS = "/kpis/online_dossier_rate/observations"
WHOLE = "mất-điện-toàn-tỉnh"


def words(text: str) -> set[str]:
    return {word for word in NOTES if word in text}


def test_a_figure_has_the_notes_of_its_kpi_area_and_days(get: Get) -> None:
    (january,) = get(DOSSIERS, "browser", period="2023-01").json()["data"]
    [note] = january["notes"]
    assert note["text"] == f"Hệ thống {WHOLE} {EVIL}"
    assert (note["from"], note["to"], note["author"]) == (str(JANUARY.first), str(JANUARY.last), None)
    (february,) = get(DOSSIERS, "browser", period="2023-02").json()["data"]
    assert february["notes"] == []
    (quarter,) = get(DOSSIERS, "browser", period="2023-Q1").json()["data"]
    assert words(str(quarter["notes"])) == {WHOLE}
    (before,) = get(DOSSIERS, "browser", period="2023-Q1", as_of="2023-04-30").json()["data"]
    assert before["notes"] == [], "it was not written then"
    below = get(DOSSIERS, "browser", period="2023-01", by="area").json()["data"]
    assert {one["area"]: words(str(one["notes"])) for one in below}[DISTRICT] == {"mất-điện-thành-phố"}
    for path in ("/board", "/kpis/online_dossier_rate/explain"):
        assert words(get(path, "browser", period="2023-01").text) == {WHOLE}, path


def test_files_have_them_and_a_formula_in_one_runs_nowhere(get: Get) -> None:
    asked: dict[str, Any] = {"period": "2023-01", "lang": "vi"}
    path = "/kpis/gate_vehicles/observations"
    csv = get(f"{path}.csv", "browser", **asked).text
    assert words(csv) == {WHOLE}
    sheet = load_workbook(io.BytesIO(get(f"{path}.xlsx", "browser", **asked).content)).worksheets[0]
    cell = sheet.cell(2, MAIN.index("notes") + 1)
    assert (words(str(cell.value)), cell.data_type) == ({WHOLE}, "s")
    board = PdfReader(io.BytesIO(get("/board.pdf", "browser", **asked).content))
    assert WHOLE in "".join(page.extract_text() for page in board.pages).replace("\n", "")


@pytest.mark.parametrize(
    ("caller", "area", "own"),
    [("town", DISTRICT, "mất-điện-thành-phố"), ("town", TOWN, "mất-điện-phường"), ("far", FAR, "mất-điện-xã-xa")],
)
def test_a_limited_account_reads_those_of_its_own_areas(get: Get, caller: str, area: str, own: str) -> None:
    (figure,) = get(DOSSIERS, f"{caller} in browser", period="2023-01", area=area).json()["data"]
    assert words(str(figure["notes"])) == {own}


def test_who_sees_a_part_or_stands_in_public_reads_none(get: Get) -> None:
    assert words(get("/board", "office in browser", period="2023-01").text) == set()
    for caller in ("wall", "wall in browser"):
        board = get("/board", caller, period="2023-01").json()
        assert any(one["value"] for one in board["figures"])
        assert not any(one["notes"] for one in board["figures"])


def test_a_key_gets_no_note_on_a_figure_about_persons_that_is_withheld(get: Get) -> None:
    path = "/kpis/feedback_resolved_rate/observations"
    (withheld,) = get(path, "far", period="2023-01", area=FAR).json()["data"]
    assert (withheld["value"], withheld["notes"]) == (None, [])
    assert words(get(f"{path}.csv", "far in browser", period="2023-01", area=FAR).text) == set()
    (shown,) = get(path, "far in browser", period="2023-01", area=FAR).json()["data"]
    assert (shown["value"] is None, words(str(shown["notes"]))) == (False, {"mất-điện-xã-xa"})


def test_no_picture_of_a_trend_without_figures_tells_a_note(get: Get) -> None:
    path = "/kpis/feedback_resolved_rate/trend.svg"
    for asked in ({"period": "2023-01"}, {"period": "2023-Q1"}, {"period": "2023"}):
        for caller in ("far", "far in browser"):
            picture = get(path, caller, area=FAR, **asked)
            assert (picture.status_code, words(picture.text)) == (200, set()), (asked, caller)


def test_a_note_is_there_at_once_and_gone_when_it_is_withdrawn(moving: Any) -> None:
    get, world = moving
    word = "cúp-nước"
    tag = get(DOSSIERS, "browser", period="2023-02").headers["ETag"]
    with connect(world.url, "owner") as owner:
        own = find_province(owner, "H37")
        area = find_area(owner, own, "20", JANUARY.last).area_id
        february = Period(JANUARY.last, JANUARY.last.replace(month=2, day=3))
        number = write_note(owner, own, "online_dossier_rate", area, february, word)
    assert_soon(get, tag, word, expected=True)
    tag = get(DOSSIERS, "browser", period="2023-02").headers["ETag"]
    with connect(world.url, "owner") as owner:
        withdraw_note(owner, own, number)
    assert_soon(get, tag, word, expected=False)


def assert_soon(get: Get, tag: str, word: str, *, expected: bool) -> None:
    """The data version is asked for again after a moment."""
    time.sleep(FRESH + 0.1)
    answer = get(DOSSIERS, "browser", period="2023-02", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert (word in answer.text) is expected
