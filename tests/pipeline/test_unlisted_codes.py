"""A record counts whether its organisation, gate or area is listed or not; what is not listed is told."""

import csv
import random
import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.catalogue import sources_of
from connectors.decoding import Decoder
from connectors.source_files import find_feed
from hub.errors import Blocked
from hub.installation import Installation
from hub.periods import Period
from hub.settings import Settings
from kpis.catalogue import Catalogue
from kpis.computation import compute
from kpis.figure import Figure
from kpis.question import Question
from tests.connectors.simulated import FIRST, LAST
from tests.expectations import rows
from tests.installation import CATALOGUE, LANG_SON
from tests.pipeline.hub import Hub
from tests.pipeline.versions import document
from tests.postgres import Postgres
from warehouse.database import connect
from warehouse.migrate import migrate
from warehouse.unlisted_codes import unlisted_codes

DAYS = Period(FIRST, LAST)
DOSSIERS = find_feed("dvc", "dossiers")
LISTED = [line["code"] for line in csv.DictReader((LANG_SON.reference / "organisations.csv").open(encoding="utf-8"))]


def wire(feed: str, number: int, **changed: Any) -> dict[str, Any]:
    """A good record of a feed, but for the columns that are given."""
    source, _, own = feed.partition(".")
    spec = find_feed(source, own)
    row = rows.good(spec, str(number)) | changed
    return {str(spec.columns[name].wire): value for name, value in row.items() if spec.columns[name].wire}


def dossier(number: int, **changed: Any) -> dict[str, Any]:
    code = f"000.00.11.H37-230228-{number:04}"
    return wire("dvc.dossiers", number, **{"dossier_code": code, "status_code": "2", **changed})


def figure(hub: Hub, kpi: str, *by: str, area: str | None = None, measure: str | None = None) -> Figure:
    question = Question(kpi, DAYS, "H37", area, by=by, measure=measure, subtrees="area" in by)
    with connect(hub.url, "reader") as connection:
        return compute(connection, question, catalogue=CATALOGUE)


def parts(hub: Hub, kpi: str, by: str, measure: str | None = None) -> dict[str | None, int]:
    found = figure(hub, kpi, by, measure=measure).rows
    return {row.breakdown[by]: int(row.value) for row in found if row.value is not None}


def received(hub: Hub, by: str) -> dict[str | None, int]:
    return parts(hub, "online_dossier_rate", by, "received")


def listing(tmp_path: Path, organisations: list[str]) -> Installation:
    """An installation whose reference data list these organisations and nothing else."""
    folder = tmp_path / "installation"
    (folder / "reference").mkdir(parents=True, exist_ok=True)
    lines = [f"H37,{code},province,Sở {code}\n" for code in organisations]
    (folder / "reference" / "organisations.csv").write_text("province_code,code,tier,name\n" + "".join(lines), "utf-8")
    return Installation(Settings(installation=folder, province="H37", area="20"))


def missing(hub: Hub) -> list[tuple[str, str, str, int]]:
    with connect(hub.url, "reader") as connection:
        found = unlisted_codes(connection, "H37", sources_of(hub.installation))
    return [(one.dimension, one.code, f"{one.source}.{one.feed}", one.records) for one in found]


def test_records_of_organisations_that_nobody_has_listed_count_and_are_told(hub: Hub) -> None:
    outcome = hub.take(
        "dvc",
        "dossiers",
        [dossier(1), dossier(2, organisation_code="000.00.77.H37"), dossier(3, organisation_code="000.00.77.H37")],
    )
    assert (outcome.account.loaded, outcome.account.quarantined) == (3, 0)
    assert received(hub, "organisation") == {"000.00.11.H37": 1, "000.00.77.H37": 2}
    warned = "select severity, failed, passed from quality.rule_result where rule_id = 'organisation_code:known'"
    assert hub.rows(warned) == [("warn", 2, False)]
    assert missing(hub) == [("organisation", "000.00.77.H37", "dvc.dossiers", 2)]


def test_a_listed_organisation_is_completed_in_place(hub: Hub, tmp_path: Path) -> None:
    hub.take("dvc", "dossiers", [dossier(1, organisation_code="000.00.77.H37")])
    before = hub.rows(
        "select organisation_id, is_inferred from warehouse.dim_organisation where code = '000.00.77.H37'"
    )
    migrate(hub.url, listing(tmp_path, ["000.00.77.H37"]), CATALOGUE.fields)
    after = hub.rows(
        "select organisation_id, is_inferred, name from warehouse.dim_organisation where code = '000.00.77.H37'"
    )
    assert before == [(after[0][0], True)]
    assert after[0][1:] == (False, "Sở 000.00.77.H37")
    assert missing(hub) == []


@pytest.mark.parametrize(
    ("feed", "column", "kpi", "by"),
    [
        ("gate.vehicles", "gate_code", "gate_vehicles", "gate"),
        ("ecommerce.platforms", "platform_code", "ecommerce_transactions", "platform"),
        ("post.revenue", "operator_code", "postal_revenue", "operator"),
        ("citizen_app.accounts", "platform", "digital_account_plan_rate", "platform"),
        ("dvc.dossiers", "channel_code", "online_dossier_rate", "channel"),
    ],
)
def test_codes_of_every_list_count_as_they_are(hub: Hub, feed: str, column: str, kpi: str, by: str) -> None:
    source, _, own = feed.partition(".")
    spec = find_feed(source, own)
    stated = {str(c.page): rows.good(spec)[name] for name, c in spec.kept.items() if c.page and c.page != "slice"}
    outcome = hub.take(source, own, [wire(feed, 1), wire(feed, 2, **{column: "moi"})], **stated)
    assert (outcome.account.loaded, outcome.account.quarantined) == (2, 0)
    assert [one[:3] for one in missing(hub)] == [(by, "moi", feed)]
    with connect(hub.url, "reader") as connection:
        assert connection.execute(
            "select name_vi, is_listed from serving.breakdown_values where breakdown = %s and value = 'moi'", [by]
        ).fetchall() == [("Chưa có trong danh mục (moi)", False)]


def test_areas_that_are_not_there_on_that_day_are_unknown_within_the_province(hub: Hub) -> None:
    given = [dossier(1), dossier(2, area_code="99999"), dossier(3, area_code="29242"), dossier(4, area_code="")]
    given += [dossier(5, area_code="99999")]
    assert hub.take("dvc", "dossiers", given).account.quarantined == 0
    assert figure(hub, "online_dossier_rate", measure="received").value == 5
    by_area = received(hub, "area")
    assert (by_area["20"], by_area["20-unknown"], by_area["99999"], by_area["29242"]) == (5, 3, 2, 1)
    assert by_area["05971"] == 1
    assert figure(hub, "online_dossier_rate", area="99999", measure="received").value == 2


def test_an_account_of_a_district_sees_nothing_of_unknown_areas(hub: Hub) -> None:
    hub.take("dvc", "dossiers", [dossier(1), dossier(2, area_code="99999", organisation_code="000.00.77.H37")])
    hub.change(
        "insert into access.account (login, name, role, province_id, area_id, db_role) select 'd', 'D', 'department',"
        " 1, area_id, 'test_district' from warehouse.dim_area where code = '178' and level = 'district'"
    )
    with connect(hub.url, "owner") as connection:
        account = connection.execute("select account_id from access.account").fetchone()
        assert account
        connection.execute("select set_config('ioc.account', %s, false)", [str(account[0])])
        connection.execute("set role ioc_screens")
        seen = {
            view: connection.execute(f"select count(*) from serving.{view} where {condition}".encode()).fetchone()
            for view, condition in (
                ("dossiers", "dossier_code like '%0002'"),
                ("areas", "level = 'unknown'"),
                ("organisations", "organisation = '000.00.77.H37'"),
                ("breakdown_values", "not is_listed"),
                ("unlisted_codes", "true"),
            )
        }
    assert set(seen.values()) == {(0,)}


def test_codes_without_end_are_cut_and_stay_apart(hub: Hub) -> None:
    given = [dossier(n, organisation_code="x" * 150 + str(n), area_code="9" * 150 + str(n)) for n in (1, 2)]
    assert hub.take("dvc", "dossiers", given).account.loaded == 2
    assert len(received(hub, "organisation")) == 2
    longest = "select max(length(code)) from (select code from warehouse.dim_organisation union all select code"
    assert hub.one(f"{longest} from warehouse.dim_area) as c") == 64


def test_rows_that_are_counted_by_area_stay_apart_where_their_areas_are_unknown(hub: Hub) -> None:
    stated: dict[str, Any] = {"doanh_nghiep": "VNPT", "lan_nop": "1"}
    codes = ["05971", "99998", "99999", ""]
    given = [wire("telecom.subscribers", 1, area_code=code, subscribers="10") for code in codes]
    assert hub.take("telecom", "subscribers", given, **stated).account.loaded == 4
    assert hub.one("select sum(subscribers) from warehouse.fact_subscriber") == 40
    again = hub.take("telecom", "subscribers", [*given, given[3]], **stated).account
    assert (again.unchanged, again.repeated, again.quarantined) == (4, 1, 0)


def test_an_area_that_is_listed_later_gets_its_records_and_its_figures_are_computed_again(hub: Hub) -> None:
    hub.take("dvc", "dossiers", [dossier(1, area_code="09999")])
    hub.take(
        "telecom", "subscribers", [wire("telecom.subscribers", 1, area_code="09999")], doanh_nghiep="VNPT", lan_nop="1"
    )
    hub.refresh()
    hub.change(
        "insert into warehouse.dim_area (area_id, code, valid_from, name, level, parent_id, sort_key, ancestor_ids)"
        " select 99999, '09999', valid_from, 'Xã mới', 'commune', parent_id, 'xa moi', array[99999] || ancestor_ids[2:]"
        " from warehouse.dim_area where code = '05971' and level = 'commune' order by valid_from limit 1"
    )
    assert "99999" not in str(hub.rows("select area_id from warehouse.fact_dossier"))
    migrate(hub.url, LANG_SON, CATALOGUE.fields)
    assert hub.rows(
        "select area_id from warehouse.fact_dossier union all select area_id from warehouse.fact_subscriber"
    ) == [
        (99999,),
        (99999,),
    ]
    assert missing(hub) == []
    assert hub.rows("select distinct source from kpi.refresh where source in ('dvc', 'telecom')") == []


OPTIONAL = [
    ("dvc.dossiers", "organisation_code"),
    ("dvc.dossiers", "service_code"),
    ("dvc.dossiers", "level"),
    ("ioffice.documents", "organisation_code"),
    ("ioffice.work_files", "tier"),
    ("ioffice.certificates", "holder"),
    ("gate.vehicles", "gate_code"),
    ("gate.vehicles", "direction"),
    ("gate.vehicles", "declared_at"),
    ("feedback.cases", "field_code"),
    ("press.articles", "outlet"),
    ("security.threats", "handled"),
    ("lgsp.connections", "system_name"),
    ("post.points", "kind"),
]


@pytest.mark.parametrize(("feed", "column"), OPTIONAL, ids=map(".".join, OPTIONAL))
def test_a_record_counts_without_what_decides_nothing(hub: Hub, feed: str, column: str) -> None:
    source, _, own = feed.partition(".")
    spec = find_feed(source, own)
    page = Decoder(spec, "key").reread(rows.landed(spec, rows.good(spec) | {column: None}))
    outcome = hub.take_pages(source, own, [page])
    assert (outcome.account.loaded, outcome.account.quarantined) == (1, 0)


@pytest.mark.parametrize(
    ("feed", "column", "value"),
    [
        ("dvc.dossiers", "level", "1"),
        ("gate.vehicles", "direction", "QUA_CANH"),
        ("ioffice.work_files", "tier", "thon"),
        ("ioffice.certificates", "holder", "thiet_bi"),
        ("press.articles", "sentiment", "KHAC"),
        ("post.points", "kind", "KIOT"),
        ("security.threats", "handled", "chưa rõ"),
        ("dvc.dossiers", "level", "toàn trình"),
    ],
)
def test_a_value_that_does_not_fit_is_left_out_and_told(hub: Hub, feed: str, column: str, value: str) -> None:
    source, _, own = feed.partition(".")
    spec = find_feed(source, own)
    stated = {str(c.page): rows.good(spec)[name] for name, c in spec.kept.items() if c.page and c.page != "slice"}
    outcome = hub.take(source, own, [wire(feed, 1, **{column: value})], **stated)
    assert (outcome.account.loaded, outcome.account.quarantined) == (1, 0)
    assert hub.rows(f"select {column} from warehouse.{spec.fact}") == [(None,)]
    assert hub.rows("select rule_id, severity, failed from quality.rule_result where not passed and failed > 0")[0][
        1:
    ] == (
        "warn",
        1,
    )


def test_records_of_another_province_are_no_answer(hub: Hub) -> None:
    given = [dossier(n, area_code={1: "29242", 2: "29242"}.get(n, "05971" if n < 13 else "")) for n in range(1, 31)]
    with pytest.raises(Blocked, match="other_province: 2/12"):
        hub.take("dvc", "dossiers", given)


@pytest.mark.parametrize(("away", "records"), [(1, 1), (1, 3), (2, 20)])
def test_a_few_records_of_another_province_count_as_of_an_unknown_area(hub: Hub, away: int, records: int) -> None:
    given = [dossier(n, area_code="29242" if n <= away else "05971") for n in range(1, records + 1)]
    assert hub.take("dvc", "dossiers", given).account.loaded == records
    assert missing(hub) == [("area", "29242", "dvc.dossiers", away)]


def threats(*handled: Any) -> list[dict[str, Any]]:
    severities = ("THAP", "TRUNG_BINH", "CAO", "NGHIEM_TRONG")
    return [
        {"ngay": f"2023-05-{1 + n // 4:02}", "muc_do": severities[n % 4], "so_luong": 9, "da_xu_ly": value}
        for n, value in enumerate(handled)
    ]


def test_what_was_left_out_is_told_with_its_column(hub: Hub) -> None:
    outcome = hub.take("security", "threats", threats(*[1] * 10, "nhiều", "?"))
    assert (outcome.account.loaded, outcome.account.quarantined) == (12, 0)
    assert ["handled × 2" in line.en for line in outcome.broken if "left_out" in line.en] == [True]


@pytest.mark.parametrize("unread", [2, 7, 12])
def test_a_column_that_is_mostly_left_out_blocks_the_batch(hub: Hub, unread: int) -> None:
    """Otherwise a form that the specification does not know, such as words for numbers, would empty a column."""
    given = threats(*["nhiều"] * unread, *[1] * (12 - unread))
    if unread <= 6:
        assert hub.take("security", "threats", given).account.loaded == 12
        return
    with pytest.raises(Blocked, match=f"left_out_share: handled: {unread}/12"):
        hub.take("security", "threats", given)


@pytest.mark.parametrize(("unread", "provisional"), [(1, False), (2, True)])
def test_figures_are_provisional_where_more_values_are_left_out_than_official_ones_allow(
    hub: Hub, unread: int, provisional: bool
) -> None:
    outcome = hub.take("security", "threats", threats(*["nhiều"] * unread, *[1] * (12 - unread)), max_rejected=None)
    assert hub.batches("status", "is_provisional") == [("published", provisional)]
    told = [line.en for line in outcome.broken if line.en.startswith("left_out_share_official: handled: 2/12")]
    assert len(told) == provisional


def test_empty_values_do_not_hide_that_those_which_came_are_left_out(hub: Hub) -> None:
    with pytest.raises(Blocked, match="left_out_share: handled: 2/3"):
        hub.take("security", "threats", threats(*[None] * 9, "nhiều", "ít", 1))


def test_codes_that_are_mostly_left_out_block_the_batch(hub: Hub) -> None:
    given = [wire("press.articles", n, sentiment="KHAC") for n in range(1, 4)]
    with pytest.raises(Blocked, match="left_out_share: sentiment: 3/3"):
        hub.take("press", "articles", given)


def test_what_is_left_out_counts_however_much_it_is(hub: Hub) -> None:
    """The library that judges names the first 200 bad rows of a chunk."""
    given = [wire("press.articles", n, **({"sentiment": "KHAC"} if n <= 250 else {})) for n in range(1, 401)]
    with pytest.raises(Blocked, match="left_out_share: sentiment: 250/400"):
        hub.take("press", "articles", given, per_page=200)


@pytest.mark.parametrize("value", ["32/13/2023", "hôm qua"])
def test_a_moment_that_cannot_be_read_refuses_its_record_even_where_it_may_be_missing(hub: Hub, value: str) -> None:
    """Without it the record would count on another day, or on none."""
    given = [*map(dossier, range(1, 12)), dossier(12, received_at=value)]
    account = hub.take("dvc", "dossiers", given).account
    assert (account.loaded, account.quarantined) == (11, 1)


def test_two_feeds_that_publish_the_same_new_codes_at_once_share_their_members(hub: Hub) -> None:
    codes = [f"000.00.{n}.H37" for n in range(50, 90)]

    def load(feed: tuple[str, str], given: list[dict[str, Any]]) -> None:
        hub.take(*feed, given, per_page=100)

    both = [
        threading.Thread(
            target=load, args=(("dvc", "dossiers"), [dossier(n, organisation_code=c) for n, c in enumerate(codes)])
        ),
        threading.Thread(
            target=load, args=(("ioffice", "documents"), [document(c, organid=c) for c in reversed(codes)])
        ),
    ]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert hub.rows("select status, loaded from ledger.batch") == [("published", 40)] * 2
    assert hub.one("select count(*) from warehouse.dim_organisation where is_inferred") == 40


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_listed_the_province_has_the_same_total_and_in_the_end_the_same_parts(
    hub: Hub, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    listed = chance.sample(LISTED, 12)
    hub.change("delete from warehouse.dim_organisation where code <> all(%s)", chance.sample(listed, seed * 4))
    given = [
        dossier(n, organisation_code=chance.choice([*listed, ""]), channel_code=chance.choice("123")) for n in range(60)
    ]
    hub.take("dvc", "dossiers", given, per_page=60)
    assert figure(hub, "online_dossier_rate", measure="received").value == 60
    expected: dict[str | None, int] = {}
    for one in given:
        code = one["MaDonViXuLy"] or None
        expected[code] = expected.get(code, 0) + 1
    assert received(hub, "organisation") == expected
    migrate(hub.url, LANG_SON, CATALOGUE.fields)
    assert received(hub, "organisation") == expected
    assert missing(hub) == []
    assert hub.one("select count(*) from warehouse.dim_organisation where is_inferred") == 0


def test_an_installation_without_any_reference_data_loads_in_full(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.database(migrated=False)
    installation = Installation(Settings(installation=tmp_path, province="H05", area="27"))
    migrate(url, installation, Catalogue.of(installation).fields)
    hub = Hub(url, tmp_path / "state", "http://127.0.0.1:9", province="H05", area="27")
    given = [dossier(n, organisation_code=f"000.00.{n}.H05", area_code="09163") for n in range(10, 20)]
    outcome = hub.take("dvc", "dossiers", given, per_page=10)
    assert (outcome.account.loaded, outcome.account.quarantined) == (10, 0)


@pytest.mark.parametrize(("month", "told"), [(date(2025, 6, 30), []), (date(2025, 8, 31), ["ended_areas: 5/8"])])
def test_a_list_of_before_1_july_2025_keeps_figures_provisional_as_its_codes_are_used_again(
    hub: Hub, month: date, told: list[str]
) -> None:
    communes = [str(code).zfill(5) for code in range(5971, 5993, 3)]
    of_month = {"ky": f"{month:%Y-%m}", "loai": "di_dong", "smartphone": "1", "so_thue_bao": "100"}
    records = [{**of_month, "ma_dia_ban": commune} for commune in communes]
    days = (month.replace(day=1), month)
    outcome = hub.take("telecom", "subscribers", records, days=days, doanh_nghiep="VNPT", lan_nop=1)
    assert [line.en[:16] for line in outcome.ends[0].provisional] == told
