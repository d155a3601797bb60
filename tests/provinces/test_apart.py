"""Two provinces in one hub whose records share codes and keys: nothing of one is ever the other's."""

import json
from datetime import date
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from connectors.source_files import SOURCES
from hub.errors import Abort, Reject, Retry
from hub.installation import Installation
from hub.province_settings import ProvinceSettings
from hub.settings import Settings
from ioc.main import app
from kpis.figure import Figure
from pipeline import claim
from pipeline.replay import replay
from tests.installation import refresh
from tests.kpis.asking import compute, explain, observed
from tests.pipeline.hub import Hub
from tests.pipeline.operators import BIG, SMALL, deliver
from tests.pipeline.versions import document
from tests.postgres import Postgres
from warehouse.database import connect

FEBRUARY = (date(2023, 2, 1), date(2023, 2, 28))
AREAS = {"H37": "20", "H59": "84"}
COMMUNES = {"H37": "05971", "H59": "29242"}
NOWHERE = "http://127.0.0.1:9"
OF_PROVINCE = " join warehouse.dim_province as p using (province_id) group by p.code"


class Both:
    """The hub of two provinces; `both["H59"]` is the hub as one of them."""

    def __init__(self, url: str, state: Path) -> None:
        self.url = url
        provinces = tuple(
            ProvinceSettings(code=code, area=area, gateway_url=NOWHERE, client_id=code, client_secret=SecretStr(code))
            for code, area in AREAS.items()
        )
        one = Hub(url, state, NOWHERE)
        kept = one.settings.model_dump(include={"warehouse_url", "state", "hmac_key", "gateway_timeout"})
        self.settings = Settings(**(kept | {"installation": state, "provinces": provinces}))
        self._hubs = {code: Hub(url, state, NOWHERE) for code in AREAS}
        for code, hub in self._hubs.items():
            hub.settings = self.settings.for_province(code)

    def __getitem__(self, code: str) -> Hub:
        return self._hubs[code]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self["H37"].rows(query)

    def figure(self, kpi: str, province: str) -> Figure:
        with connect(self.url, "reader") as connection:
            return compute(connection, kpi, *FEBRUARY, province)

    def values(self, kpi: str) -> list[Any]:
        """The KPI's value in each province."""
        return [self.figure(kpi, code).value for code in AREAS]


@pytest.fixture
def both(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Both:
    monkeypatch.setattr("tests.pipeline.hub.FIRST", FEBRUARY[0])  # loads cover the whole month
    return Both(postgres.database(), tmp_path)


def vehicle(code: str, seq: int = 1, **changed: Any) -> dict[str, Any]:
    """A declaration as the border-gate platform gives it."""
    return {
        "ma_khai_bao": code,
        "seq": seq,
        "cua_khau": "HUU_NGHI",
        "chieu": "XUAT",
        "bien_so": "12C-123.45",
        "lai_xe": "Nguyễn Văn A",
        "ma_doanh_nghiep": "",
        "khai_bao_truc_tuyen": True,
        "khai_bao_luc": "2023-02-27T08:00:00+07:00",
        "xu_ly_luc": "2023-02-27T09:00:00+07:00",
        "trang_thai": "DA_XU_LY",
        **changed,
    }


def station(province: str, site: str) -> dict[str, str]:
    return {"ky": "2023-02", "ma_vi_tri": site, "cong_nghe": "4G", "ma_dia_ban": COMMUNES[province]}


def ioc(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_records_of_one_key_are_a_row_in_each_province_and_change_apart(both: Both) -> None:
    both["H37"].take("gate", "vehicles", [vehicle("V1", 1), vehicle("V2", 1)])
    both["H59"].take("gate", "vehicles", [vehicle("V1", 3, chieu="NHAP")])
    both["H37"].take("gate", "vehicles", [vehicle("V1", 2, trang_thai="HUY")])
    assert both.rows(
        "select p.code, declaration_code, seq, direction, status_code from warehouse.fact_vehicle"
        " join warehouse.dim_province as p using (province_id) order by 1, 2"
    ) == [
        ("H37", "V1", 2, "export", "cancelled"),
        ("H37", "V2", 1, "export", "processed"),
        ("H59", "V1", 3, "import", "processed"),
    ]
    assert both.values("gate_vehicles") == [1, 1]


def test_a_resubmission_replaces_its_own_provinces_file_only(both: Both) -> None:
    for code in AREAS:
        sites = [station(code, site) for site in "ABCDE"]
        both[code].take("telecom", "stations", sites, doanh_nghiep="VNPT", lan_nop="1")
    fewer = [station("H59", site) for site in "ABCD"]
    both["H59"].take("telecom", "stations", fewer, doanh_nghiep="VNPT", lan_nop="2")
    assert both.values("base_stations") == [5, 4]


def test_an_operator_of_one_province_is_not_awaited_in_another(both: Both) -> None:
    for code, operators in (("H37", (BIG, SMALL)), ("H59", (BIG,))):
        deliver(both[code], date(2023, 1, 1), *operators, feed="revenue")
        deliver(both[code], FEBRUARY[0], BIG, feed="revenue")
    assert [both.figure("telecom_revenue", code).status for code in AREAS] == ["provisional", "official"]


def test_a_neighbours_communes_and_organisations_are_none_of_a_provinces_own(both: Both) -> None:
    sites = [station("H59", "S1"), station("H37", "S2")]
    both["H59"].take("telecom", "stations", sites, doanh_nghiep="VNPT", lan_nop="1")
    both["H59"].take("ioffice", "documents", [document("D1"), document("D2", organid="000.00.11.H59")])
    assert both.rows("select dimension, code from warehouse.unlisted_code order by 1") == [
        ("area", COMMUNES["H37"]),
        ("organisation", "000.00.11.H37"),
    ]
    assert both.rows("select count(*) from quality.quarantine") == [(0,)]
    assert both.figure("base_stations", "H59").value == 2


def test_watermarks_and_refusals_are_each_provinces_own(both: Both) -> None:
    both["H37"].take("gate", "vehicles", [vehicle("V1"), vehicle("V2", trang_thai="O_DAU")])
    watermarks = "select p.code, count(*) from ledger.watermark" + OF_PROVINCE + " order by 1"
    assert both.rows(watermarks) == [("H37", 1)]
    both["H59"].take("gate", "vehicles", [vehicle("V1")])
    assert both.rows(watermarks) == [("H37", 1), ("H59", 1)]
    refused = "select p.code, count(*) from quality.quarantine join ledger.batch using (batch_id)"
    assert both.rows(refused + OF_PROVINCE) == [("H37", 1)]


def test_a_blocked_province_hinders_no_other(both: Both) -> None:
    with pytest.raises(Reject, match="fetched: 0"):
        both["H37"].take("telecom", "stations", [])
    one = [station("H59", "A")]
    assert both["H59"].take("telecom", "stations", one, doanh_nghiep="VNPT", lan_nop="1").status == "published"


def test_a_replay_is_loaded_for_the_province_that_the_batch_was_of(both: Both, tmp_path: Path) -> None:
    first = both["H59"].take("gate", "vehicles", [vehicle("V1", trang_thai="XONG", chieu="NHAP")])
    both["H37"].take("gate", "vehicles", [vehicle("V1")])
    mended = (SOURCES / "gate.toml").read_text("utf-8").replace("DA_XU_LY =", 'XONG = "processed", DA_XU_LY =')
    (tmp_path / "mended").mkdir()
    (tmp_path / "mended" / "gate.toml").write_text(mended, "utf-8")
    settings = both.settings.model_copy(update={"sources": tmp_path / "mended"})
    assert replay(Installation(settings), first.batch_id).account.loaded == 1
    assert both.rows(
        "select p.code, direction from warehouse.fact_vehicle join warehouse.dim_province as p using (province_id)"
        " order by 1"
    ) == [("H37", "export"), ("H59", "import")]


def test_a_batch_of_a_province_that_is_not_in_the_settings_is_not_replayed(both: Both) -> None:
    batch = both["H59"].take("gate", "vehicles", [vehicle("V1", trang_thai="XONG")]).batch_id
    alone = Hub(both.url, both.settings.state, NOWHERE).installation
    with pytest.raises(Abort, match="name no province 'H59'; there are H37"):
        replay(alone, batch)


def test_the_same_source_of_two_provinces_loads_side_by_side(both: Both) -> None:
    holds, may_end = Event(), Event()

    def hold() -> None:
        with claim.hold(both["H37"].installation, "gate", "vehicles"):
            holds.set()
            may_end.wait(30)

    holder = Thread(target=hold)
    holder.start()
    try:
        assert holds.wait(30)
        with pytest.raises(Retry, match="being loaded by another run"):
            both["H37"].take("gate", "vehicles", [vehicle("V1")])
        assert both["H59"].take("gate", "vehicles", [vehicle("V1")]).status == "published"
    finally:
        may_end.set()
        holder.join()


def test_observations_of_one_province_are_not_touched_by_the_others_records(both: Both) -> None:
    for code in AREAS:
        both[code].take("gate", "vehicles", [vehicle("V1")])
        refresh(both.url, code, ["gate_vehicles"])
    both["H59"].take("gate", "vehicles", [vehicle("V2")])
    for code in AREAS:
        refresh(both.url, code, ["gate_vehicles"])
    assert both.rows(
        "select p.code, revision, value::int from kpi.observation join warehouse.dim_province as p using (province_id)"
        " join warehouse.dim_area as a using (area_id) where a.level = 'province' and breakdown = ''"
        " and first_day = '2023-02-01' and last_day = '2023-02-28' order by 1, 2"
    ) == [("H37", 1, 1), ("H59", 1, 1), ("H59", 2, 2)]
    with connect(both.url, "reader") as connection:
        known = [observed(connection, "gate_vehicles", *FEBRUARY, date.max.replace(year=2100), c).value for c in AREAS]
    assert known == [1, 2]


def test_a_province_without_a_source_lacks_its_kpis_with_a_reason_and_has_the_rest(both: Both) -> None:
    for code in AREAS:
        both[code].take("ioffice", "documents", [document("D", organid=f"000.00.11.{code}")])
    both["H37"].take("gate", "vehicles", [vehicle("V1")])
    missing = both.figure("gate_vehicles", "H59")
    assert (missing.value, missing.status) == (None, "missing")
    assert missing.reason is not None
    assert "gate.vehicles" in missing.reason.en
    assert both.values("signed_document_rate") == [100, 100]
    done = {code: {d.kpi: d.revisions for d in refresh(both.url, code)} for code in AREAS}
    assert done["H59"]["signed_document_rate"] > 0
    assert (done["H37"]["gate_vehicles"] > 0, done["H59"]["gate_vehicles"]) == (True, 0)


def test_an_area_that_is_not_the_provinces_is_told(both: Both) -> None:
    both["H59"].settings = both["H59"].settings.model_copy(update={"area": "20"})
    with pytest.raises(Abort, match="give province H59 the area '20', the reference data '84'"):
        both["H59"].take("gate", "vehicles", [vehicle("V1")])
    assert both.rows("select 1 from ledger.batch") == []


def test_commands_show_what_is_the_named_provinces(both: Both, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    both["H37"].take("gate", "vehicles", [vehicle("V1"), vehicle("V2", trang_thai="O_DAU")])
    both["H59"].take("gate", "vehicles", [vehicle("V1"), vehicle("V3"), vehicle("V4")])
    monkeypatch.chdir(tmp_path)
    listed = [{"code": code, "area": area} for code, area in AREAS.items()]
    monkeypatch.delenv("IOC_INSTALLATION")
    monkeypatch.setenv("IOC_PROVINCES", json.dumps(listed))
    monkeypatch.setenv("IOC_WAREHOUSE_URL", both.url)
    monkeypatch.setenv("IOC_STATE", str(both.settings.state))
    runs = {code: json.loads(ioc("quality", "runs", "--json", "--province", code).stdout) for code in AREAS}
    assert {code: [run["fetched"] for run in found] for code, found in runs.items()} == {"H37": [2], "H59": [3]}
    refused = {code: json.loads(ioc("quality", "quarantine", "--json", "--province", code).stdout) for code in AREAS}
    assert {code: len(found) for code, found in refused.items()} == {"H37": 1, "H59": 0}
    pages = {code: json.loads(ioc("audit", "verify", "--json", "--province", code).stdout)["pages"] for code in AREAS}
    assert pages == {"H37": 1, "H59": 2}
    assert json.loads(ioc("audit", "verify", "--json").stdout)["pages"] == 3


def test_an_explanation_names_its_own_provinces_batches_and_pages_only(both: Both) -> None:
    batches = {code: both[code].take("gate", "vehicles", [vehicle("V1"), vehicle("V2")]).batch_id for code in AREAS}
    for code in AREAS:
        with connect(both.url, "reader") as connection:
            found = explain(connection, "gate_vehicles", *FEBRUARY, code, rows=9)
        for table in (found.batches, found.pages, found.rows):
            assert {row["batch_id"] for row in table} == {batches[code]}
