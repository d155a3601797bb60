"""A province that no other world and no reference file knows: one world file makes it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.areas import province
from gateway.own_forms import OWN_FORMS
from gateway.server import running
from gateway.sources import FEEDS
from gateway.systems import SYSTEM_FEEDS
from tests.gateway.conftest import Client
from tests.gateway.counting import newest

WORLD = Path("gateway/worlds/bac-ninh-2023.toml")


@pytest.fixture(scope="module")
def bac_ninh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """From a copy elsewhere, as a world of somebody else's."""
    world = tmp_path_factory.mktemp("worlds") / "mine.toml"
    world.write_bytes(WORLD.read_bytes())
    with running(str(world)) as base:
        yield Client(base, "H05", "27")


def test_a_world_of_a_path_serves_every_feed(bac_ninh: Client) -> None:
    asked = {"tinh": "27", "ma_don_vi": "H05", "ngay": "2023-06-30", "ky": "2023-06", "updated_since": "2023-06-01"}
    days = {"tu": "2023-06-01", "den": "2023-06-30", "tu_ngay": "01/06/2023", "den_ngay": "30/06/2023"}
    further = {*SYSTEM_FEEDS, *OWN_FORMS}  # which come from files of their own
    reads = [feed.path for feed in FEEDS if feed not in further and feed.method == "GET" and "{" not in feed.path]
    assert len(reads) == 14
    for path in reads:
        answer = bac_ninh.get(path, **asked, **days)
        assert answer.status_code == 200, path
        assert len(answer.content) > 150, path


def test_its_dossiers_are_those_declared(bac_ninh: Client) -> None:
    rows = bac_ninh.all_dossiers("20230430000000", "20230701000000")
    codes = {row["MaHoSo"] for row in rows}
    assert 10_500 < len(codes) < 10_700
    last = newest(rows, "MaHoSo", "NgayCapNhat")
    clean = [row for row in last if row["MaHoSo"] and row["NgayTiepNhan"][4:8] != "0231"]
    received = [row for row in clean if row["NgayTiepNhan"] >= "20230501" and row["TrangThaiHoSo"] not in ("1", "3")]
    assert sum(row["KenhThucHien"] == "2" for row in received) == 7800
    assert sum(row["KenhThucHien"] in ("", "1") for row in received) == 2200
    counted = bac_ninh.dvc("thong-ke", tuNgay="20230501000000", denNgay="20230701000000").json()
    assert (counted["tiepNhanTrucTuyen"], counted["giaiQuyet"]) == ("7800", "9040")


def test_its_offices_and_gates_are_its_own(bac_ninh: Client) -> None:
    rows = bac_ninh.all_dossiers("20230510000000", "20230520000000")
    places = province("H05", "27")
    known = {*places.departments, *places.districts, *places.offices("xa"), "000.00.61.H05"}
    assert {row["MaDonViXuLy"] for row in rows} <= known
    assert "000.00.61.H05" in {row["MaDonViXuLy"] for row in rows}
    assert {row["MaDiaBan"][:2] for row in rows} == {"", "09"}
    gates: set[Any] = {row["cua_khau"] for row in bac_ninh.vehicles(limit=1000)["items"]}
    assert gates == {"ICD_TIEN_SON", "ICD_QUE_VO"}


def test_each_day_has_news_of_dossiers(bac_ninh: Client) -> None:
    for day in range(10, 30):
        assert bac_ninh.dossiers(f"202306{day}000000", f"202306{day + 1}000000", size=1)["tongSo"] != "0"
