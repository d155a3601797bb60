"""Charts and the board as files: what they show is what the API says, for the same rights, and every one is logged."""

import csv
import io
import re
import struct
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from tests.installation import CATALOGUE
from tests.screens.api.conftest import Get
from tests.screens.api.hub import FAR, FOREIGN, TOWN

KPI = "online_dossier_rate"
QUARTER = {"from": "2023-01-01", "to": "2023-03-31"}


def words(svg: bytes) -> str:
    return " ".join("".join(one.itertext()) for one in ElementTree.fromstring(svg).iter() if one.tag.endswith("text"))


def said(svg: bytes) -> dict[str, str]:
    """Area → what its title says of it."""
    texts = [one.text or "" for one in ElementTree.fromstring(svg).iter() if one.tag.endswith("title")][1:]
    return {name: rest for name, _, rest in (text.partition(" · ") for text in texts)}


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def test_a_trend_shows_the_months_of_the_api(get: Get) -> None:
    answer = get(f"/kpis/{KPI}/trend.svg", **QUARTER)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    months = get(f"/kpis/{KPI}/observations.csv", **QUARTER, freq="month").content.decode("utf-8-sig").splitlines()
    known = [row["value"] for row in csv.DictReader(months) if row["value"]]
    drawn = words(answer.content)
    assert known
    for value in known:
        assert f"{float(value):.1f}".removesuffix(".0").replace(".", ",") in drawn
    assert "Lạng Sơn" in drawn


def test_a_chart_says_what_it_is_from_whom_and_of_which_page(get: Get, client: TestClient) -> None:
    for chart, more in (("trend", {}), ("map", {}), ("parts", {"by": "channel"}), ("spread", {})):
        drawn = words(get(f"/kpis/{KPI}/{chart}.svg", **QUARTER, **more).content)
        assert "Tỷ lệ hồ sơ tiếp nhận trực tuyến" in drawn
        assert "Nguồn: Cổng dịch vụ công" in drawn
        assert re.search(r"Lập lúc \d\d/\d\d/\d{4}", drawn)
        page = f"{client.base_url}/kpis/{KPI}{'/map' if chart == 'map' else ''}?from=2023-01-01&to=2023-03-31"
        assert page in drawn, chart


def test_the_address_of_a_chart_is_the_same_choice(get: Get) -> None:
    choice = {**QUARTER, "area": TOWN, "where": "level=4", "measure": "received", "series": "week"}
    drawn = words(get(f"/kpis/{KPI}/trend.svg", **choice).content)
    for name, value in choice.items():
        assert f"{name}={value.replace('=', '%3D')}" in drawn


@pytest.mark.parametrize("by", ["organisation", "area"])
def test_parts_have_the_values_of_the_api(get: Get, by: str) -> None:
    shown = get(f"/kpis/{KPI}/observations", period="2023-Q1", by=by).json()["data"]
    parts = [one for one in shown if one["area"] not in (TOWN, FAR)]  # communes are not ranked beside districts
    assert len(parts) == 2
    drawn = words(get(f"/kpis/{KPI}/parts.svg", **QUARTER, by=by).content)
    for part in parts:
        assert part["area_name"] in drawn
        assert re.search(rf"\b{part['value']:.1f}".removesuffix(".0").replace(".", ","), drawn)


def test_too_few_areas_for_a_spread_are_not_said_to_have_no_data(get: Get) -> None:
    drawn = words(get(f"/kpis/{KPI}/spread.svg", **QUARTER, lang="en").content)
    assert "Too few areas have a figure" in drawn and "No data" not in drawn


def test_a_trend_by_days_is_of_what_may_leave(get: Get) -> None:
    dossiers = words(get(f"/kpis/{KPI}/trend.svg", **QUARTER, series="day").content)
    assert "Không kỳ nào có dữ liệu" in dossiers, "of persons nothing leaves but published figures"
    press = words(get("/kpis/positive_press_rate/trend.svg", **QUARTER, series="week").content)
    assert "positive_press_rate?from=2023-01-01&to=2023-03-31&series=week" in press
    assert "Không kỳ nào có dữ liệu" not in press


def test_a_computed_part_of_persons_does_not_leave(get: Get) -> None:
    days = {"from": "2023-01-05", "to": "2023-02-20"}
    for path in (f"/kpis/{KPI}/parts.svg", f"/kpis/{KPI}/spread.svg"):
        for by in ("channel", "area") if "parts" in path else (None,):
            query = {**days, **({"by": by} if by else {})}
            drawn = ElementTree.fromstring(get(path, "browser", **query).content)
            assert not [one for one in drawn.iter() if one.get("class") in ("dot", "fill", "column", "value")], (
                path,
                by,
            )


@pytest.mark.parametrize("chart", ["trend", "map", "parts", "spread"])
def test_a_picture_is_the_same_in_both_forms_and_draws_without_a_page(get: Get, chart: str) -> None:
    svg = get(f"/kpis/{KPI}/{chart}.svg", **QUARTER)
    png = get(f"/kpis/{KPI}/{chart}.png", **QUARTER)
    assert (svg.status_code, png.status_code, png.headers["content-type"]) == (200, 200, "image/png")
    assert b"var(" not in svg.content, "a program that draws SVG knows no variables"
    root = ElementTree.fromstring(svg.content)
    wide, high = struct.unpack(">II", png.content[16:24])
    assert wide / high == pytest.approx(float(root.attrib["width"]) / float(root.attrib["height"]), rel=0.01)


def test_the_board_is_one_tagged_page_with_every_kpi(get: Get) -> None:
    answer = get("/board.pdf", **QUARTER)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    [page] = pages(answer.content)
    shown = get("/board", period="2023-Q1").json()["figures"]
    flat = re.sub(r"\s+", " ", page)
    further = {name for name, kpi in CATALOGUE.definitions.items() if kpi.further}
    missing = [one["name"] for one in shown if one["name"] not in flat and one["kpi"] not in further]
    assert missing == []
    root: Any = PdfReader(io.BytesIO(answer.content)).trailer["/Root"]
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"]) == (True, "vi")
    assert b"pdfaid:part>3" in root["/Metadata"].get_data()


def test_the_same_data_make_the_same_file(get: Get) -> None:
    assert get("/board.pdf", **QUARTER).content == get("/board.pdf", **QUARTER).content


@pytest.mark.parametrize("who", ["south", "town", "far", "office", "press"])
@pytest.mark.parametrize(
    "path",
    ["/board.pdf", *(f"/kpis/{KPI}/{chart}.svg" for chart in ("trend", "map", "parts", "spread"))],
)
def test_nothing_is_in_a_picture_that_its_reader_may_not_see(get: Get, who: str, path: str) -> None:
    answer = get(path, who, **QUARTER)
    if answer.status_code != 200:
        assert answer.status_code in (403, 404)
        return
    text = words(answer.content) if path.endswith("svg") else " ".join(pages(answer.content))
    assert [foreign for foreign in FOREIGN[who] if foreign in text] == []


def test_a_picture_that_is_taken_is_logged(get: Get, read_log: Callable[[], list[Any]]) -> None:
    get(f"/kpis/{KPI}/trend.png", **QUARTER)
    get("/board.pdf", **QUARTER)
    taken = {subject.get("file") for what, subject in read_log() if what == "export"}
    assert {"trend.png", "board.pdf"} <= taken


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"from": "2023-01-01"}, "from"),
        ({"from": "2023-03-31", "to": "2023-01-01"}, "from"),
        ({"period": "2023-Q1", "to": "2023-01-01"}, "period"),
        ({"period": "soon"}, "period"),
        ({"where": "channel"}, "where"),
        ({"series": "year"}, "series"),
        ({"measure": "nothing"}, "measure"),
        ({"by": "nothing"}, "by"),
    ],
)
def test_what_cannot_be_asked_is_refused(get: Get, query: dict[str, str], parameter: str) -> None:
    answer = get(f"/kpis/{KPI}/{'parts' if parameter == 'by' else 'trend'}.svg", **query)
    assert answer.status_code == 422
    assert parameter in answer.text


def test_a_map_is_of_whole_figures(get: Get) -> None:
    sliced = get(f"/kpis/{KPI}/map.svg", **QUARTER, where="channel=online")
    assert (sliced.status_code, "where" in sliced.text) == (422, True)
    assert get(f"/kpis/{KPI}/map.svg", "office", **QUARTER).status_code == 403


def test_a_map_of_provisional_figures_says_so(get: Get) -> None:
    half = {"from": "2023-01-01", "to": "2023-06-30"}
    shown = get("/kpis/online_dossier_rate/observations", period="2023-H1", by="area").json()["data"]
    assert {one["status"] for one in shown} == {"provisional"}
    assert "Sơ bộ" in words(get(f"/kpis/{KPI}/map.svg", **half).content)


def test_a_map_has_the_values_of_the_api(get: Get) -> None:
    shown = get(f"/kpis/{KPI}/observations", period="2023-Q1", by="area").json()["data"]
    for level in ("district", "commune"):
        titles = said(get(f"/kpis/{KPI}/map.svg", **QUARTER, level=level).content)
        own = {one["area_name"]: one["value"] for one in shown if one["area_name"] in titles}
        assert own, level
        for name, value in own.items():
            assert f"{value:.1f}".replace(".", ",") in titles[name], (name, value)
        others = [text for name, text in titles.items() if name not in own]
        assert set(others) <= {"không cung cấp hoặc không có dữ liệu"}, "of persons it is not told who has records"


def test_a_map_says_what_it_is_of_and_that_its_lines_are_no_boundaries(get: Get) -> None:
    drawn = words(get(f"/kpis/{KPI}/map.svg", **QUARTER, level="commune", scale="whole").content)
    for text in (
        "Tỷ lệ hồ sơ tiếp nhận trực tuyến",
        "Quý I/2023",
        "không phải địa giới hành chính",
        "Trung tâm điều hành",
    ):
        assert text in drawn
    assert get(f"/kpis/{KPI}/map.svg", **QUARTER, level="village").status_code == 422


def test_what_is_computed_for_the_days_that_are_asked_for_says_so(get: Get) -> None:
    [page] = pages(get("/board.pdf", **{"from": "2023-01-05", "to": "2023-02-20"}).content)
    assert "số tính từ kho, chưa công bố" in re.sub(r"\s+", " ", page)
    [published] = pages(get("/board.pdf", **QUARTER).content)
    assert "số tính từ kho, chưa công bố" not in re.sub(r"\s+", " ", published)


def test_what_is_not_known_by_area_is_not_ranked(get: Get) -> None:
    assert get("/kpis/gate_vehicles/parts.svg", **QUARTER).status_code == 422
    assert get("/kpis/gate_vehicles/spread.svg", **QUARTER).status_code == 422


def test_counts_have_no_map(get: Get) -> None:
    assert get("/kpis/gate_vehicles/map.svg", **QUARTER).status_code == 422
