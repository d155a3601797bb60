"""Pages of a province that has little yet: what is missing is said, and nothing breaks."""

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hub.translation import Text
from kpis.figure import Change
from screens.rendering import environment, render
from screens.texts import LANGUAGES, Language
from screens.view_models.evidence import FreshnessPage
from screens.view_models.figure import Breakdown, Share
from screens.view_models.page import Table
from screens.view_models.wall import Board, Wall
from tests.screens import made_up, made_up_evidence, made_up_kpi, made_up_wall


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_data(self, data: str) -> None:
        self.said += [data.strip()] if data.strip() else []


def words(page: str) -> str:
    parser = _Words()
    parser.feed(page)
    return " ".join(parser.said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_kpi_without_anything_is_still_a_page(assets: Path, language: Language) -> None:
    figure = made_up.figure("x", "Chỉ tiêu mới", "New indicator", "%", None, loaded_at=None, data_as_of=None)
    model = replace(
        made_up_kpi.kpi(language),
        figure=figure,
        points=[],
        breakdowns=[],
        ranking=None,
        map=None,
        areas=[],
        table=Table("Bảng", [], []),
    )
    said = words(render("kpi.html", made_up.page(language, "/kpi"), model))
    assert getattr(figure.name, language) in said
    assert {"vi": "Chưa có số liệu", "en": "No figure"}[language] in said
    assert " 0%" not in said, "what is not known is not 0"


def test_a_single_period_and_no_area_with_a_value(assets: Path) -> None:
    model = made_up_kpi.kpi("vi")
    empty = replace(
        model,
        points=model.points[-1:],
        ranking=replace(
            made_up_kpi.ranking("vi"), parts=[replace(p, value=None) for p in made_up_kpi.ranking("vi").parts]
        ),
        map=replace(
            made_up_kpi.area_model("vi"),
            places=[replace(place, value=None) for place in made_up_kpi.area_model("vi").places],
        ),
    )
    said = words(render("kpi.html", made_up.page("vi", "/kpi"), empty))
    assert "chưa có số liệu (có lý do) 65 địa bàn" in said


@pytest.mark.parametrize("count", range(9))
def test_a_wall_of_any_number_of_tiles(assets: Path, count: int) -> None:
    wall = made_up_wall.wall("vi")
    page = render(
        "wall.html", made_up.page("vi", "/wall"), replace(wall, boards=[Board("x", wall.boards[0].tiles[:count])])
    )
    assert page.count("<article") == count
    assert ("Chưa chọn chỉ tiêu nào" in page) == (count == 0)


def test_all_sources_on_time_is_said_so(assets: Path) -> None:
    sources = [s for s in made_up_evidence.freshness("vi").sources if s.state == "on_time"]
    assert "Cả 4 nguồn đều đúng hạn." in words(render("freshness.html", made_up.page(), FreshnessPage(sources)))


def test_explore_without_a_choice_asks_for_one(assets: Path) -> None:
    model = replace(made_up_evidence.explore("vi"), table=None, groups=())
    page = render("explore.html", made_up.page("vi", "/explore"), model)
    assert "Chọn ít nhất một chỉ tiêu" in page
    assert '<svg class="trend"' not in page


def test_whoever_may_not_see_records_is_told_so(assets: Path) -> None:
    closed = words(render("explain.html", made_up.page(), made_up_evidence.explain("vi", may_see_rows=False)))
    assert "Tài khoản này không được xem bản ghi." in closed
    assert "000.00.16.H37" not in closed


def test_bad_and_good_news_are_told_in_words(assets: Path) -> None:
    said = words(render("wall.html", made_up.page("vi", "/wall"), made_up_wall.wall("vi")))
    assert "giảm 0,6 điểm % so với cùng kỳ · kém hơn" in said
    assert "giảm 20,9% so với cùng kỳ · tốt hơn" in said, "fewer villages without coverage"
    assert "Mục tiêu 80% · đã đạt" in said and "Mục tiêu 100% · đạt 98,5%" in said


def test_two_comparisons_that_fail_for_one_reason_are_one_sentence(assets: Path) -> None:
    none = Change(date(2022, 1, 1), date(2022, 6, 30), None, None, "%", None, Text("Chưa có số liệu của kỳ đó", "x"))
    model = made_up_kpi.kpi("vi")
    both = replace(model, figure=replace(model.figure, previous=none, year_ago=none))
    said = words(render("kpi.html", made_up.page("vi", "/kpi"), both))
    assert "Chưa so sánh được với cùng kỳ năm trước và kỳ trước (chưa có số liệu của kỳ đó)" in said
    one = words(
        render("kpi.html", made_up.page("vi", "/kpi"), replace(model, figure=replace(model.figure, year_ago=none)))
    )
    assert "Chưa so sánh được với cùng kỳ năm trước (" in one and "so với kỳ trước" in one


def test_a_tile_without_comparison_is_silent_about_it(assets: Path) -> None:
    tile = made_up.tiles()[0]
    alone = replace(tile, figure=replace(tile.figure, year_ago=None, previous=None))
    wall = Wall(tile.figure.first, tile.figure.last, [Board("x", [alone])])
    assert "so sánh" not in words(render("wall.html", made_up.page("vi", "/wall"), wall))


def test_fields_without_a_source_are_a_line_and_no_cards(assets: Path) -> None:
    page = render("province.html", made_up.page("vi", "/"), made_up.province("vi"))
    assert page.count('<section class="card"') == 7
    assert "Chưa kết nối nguồn dữ liệu: Kinh tế – xã hội , Y tế , Giáo dục" in words(page)


def test_rates_are_dots_beside_the_whole_and_counts_are_bars(assets: Path) -> None:
    page = render("kpi.html", made_up.page("vi", "/kpi"), made_up_kpi.kpi("vi"))
    channels, organisations = page.split('id="parts"')[1].split("</section>")[:2]
    assert 'class="bar"' in channels and 'class="dots"' not in channels
    assert 'class="dots"' in organisations and 'class="bar"' not in organisations
    assert "Tỉnh Lạng Sơn 93,4%" in words(organisations)


def test_equal_areas_share_a_place(assets: Path) -> None:
    values = ["9", "9", "7", None]
    parts = [Share(f"Xã {n}", None if value is None else Decimal(value)) for n, value in enumerate(values)]
    model = replace(made_up_kpi.kpi("vi"), ranking=Breakdown("x", "%", parts), map=None)
    page = render("kpi.html", made_up.page("vi", "/kpi"), model)
    assert re.findall(r'class="num rank">([^<]*)<', page) == ["1", "1", "3", "–"]


def test_ages_are_told_from_the_pages_own_time(assets: Path) -> None:
    later = replace(made_up.page("vi", "/wall"), now=made_up.NOW + timedelta(hours=1))
    assert "cách đây 3 giờ" in render("wall.html", later, made_up_wall.wall("vi"))


def test_a_template_that_names_what_a_model_has_not_fails(assets: Path) -> None:
    template = environment("vi").from_string("{{ model.nothing_of_the_kind }}")
    with pytest.raises(Exception, match="nothing_of_the_kind"):
        template.render(model=made_up_wall.wall("vi"))
