"""Reference data: areas through time, the province's organisations, and faults that name file, line and column."""

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from hub.errors import Abort
from hub.installation import Installation
from hub.settings import Settings
from tests.installation import CATALOGUE, FOLDER, LANG_SON
from warehouse import reference
from warehouse.areas import ListedAreas, equal_shares
from warehouse.reference import listed_codes, load


def changed(folder: Path) -> tuple[Installation, Path]:
    """A copy of Lạng Sơn's folder, and where its reference data lie."""
    copied = Installation(Settings(installation=Path(shutil.copytree(FOLDER, folder / "lang-son"))))
    return copied, copied.reference


AREA_ON = """
    select a.name, p.name, a.valid_from::text from warehouse.dim_area a
    left join warehouse.dim_area p on p.area_id = a.parent_id
    where a.code = %s and a.valid_from <= %s and coalesce(a.valid_to > %s, true)
"""


def area_on(owner: psycopg.Connection, code: str, day: str) -> list[tuple[str, str | None, str]]:
    return owner.execute(AREA_ON, [code, day, day]).fetchall()


def within(owner: psycopg.Connection, province: str, day: str) -> dict[str, int]:
    return dict(
        owner.execute(
            """
            select a.level, count(*) from warehouse.dim_area a
            join warehouse.dim_area p on a.ancestor_ids @> array[p.area_id] and p.code = %(code)s
                and p.level = 'province'
                and p.valid_from <= %(day)s and coalesce(p.valid_to > %(day)s, true)
            where a.valid_from <= %(day)s and coalesce(a.valid_to > %(day)s, true) group by 1
            """,
            {"code": province, "day": day},
        ).fetchall()
    )


def test_lang_son_has_districts_until_the_reform_and_none_after(owner: psycopg.Connection) -> None:
    assert within(owner, "20", "2023-06-30") == {"province": 1, "district": 11, "commune": 194, "unknown": 1}
    assert within(owner, "20", "2025-06-30") == {"province": 1, "district": 11, "commune": 194, "unknown": 1}
    assert within(owner, "20", "2025-07-01") == {"province": 1, "commune": 65, "unknown": 1}


def test_the_country_has_63_provinces_then_34(owner: psycopg.Connection) -> None:
    ask = """
        select count(*) from warehouse.dim_area
        where level = 'province' and %(d)s >= valid_from and coalesce(%(d)s < valid_to, true)
    """

    assert owner.execute(ask, {"d": "2025-06-30"}).fetchone() == (63,)
    assert owner.execute(ask, {"d": "2025-07-01"}).fetchone() == (34,)


def test_a_code_used_again_means_another_area_from_the_reform_on(owner: psycopg.Connection) -> None:
    assert area_on(owner, "05977", "2025-06-30") == [("Phường Vĩnh Trại", "Thành phố Lạng Sơn", "2020-01-01")]
    assert area_on(owner, "05977", "2025-07-01") == [("Phường Đông Kinh", "Tỉnh Lạng Sơn", "2025-07-01")]


def test_a_province_that_kept_its_territory_is_one_area_and_a_merged_one_ends(owner: psycopg.Connection) -> None:
    assert (
        area_on(owner, "20", "2023-01-01")
        == area_on(owner, "20", "2026-01-01")
        == [("Tỉnh Lạng Sơn", None, "2020-01-01")]
    )
    assert area_on(owner, "84", "2025-06-30") == [("Tỉnh Trà Vinh", None, "2020-01-01")]
    assert area_on(owner, "84", "2025-07-01") == []
    assert area_on(owner, "86", "2025-07-01") == [("Tỉnh Vĩnh Long", None, "2025-07-01")]


def test_unmerged_provinces_are_those_that_the_conversion_table_maps_to_themselves_alone() -> None:
    """The list in the code against the package's own mapping of old provinces to new ones."""
    import json
    import sqlite3
    from importlib.util import find_spec

    from warehouse.areas import UNMERGED

    spec = find_spec("vietnamadminunits")
    assert spec is not None
    data = Path(str(spec.origin)).parent / "data"
    mapping = json.loads((data / "converter_2025.json").read_text())["DICT_PROVINCE"]
    with sqlite3.connect(f"file:{data / 'dataset.db'}?mode=ro&immutable=1", uri=True) as database:
        codes = dict(database.execute("select distinct provinceKey, provinceCode from admin_units").fetchall())

    assert {codes[new] for new, old in mapping.items() if old == [new]} == UNMERGED


def test_every_commune_and_every_merged_province_has_successors_that_share_all_of_it(owner: psycopg.Connection) -> None:
    """Of the districts only five islands, which had no communes, have one."""
    ask = """
        with whole as (
            select area_id, sum(share::numeric) as shared, bool_or(is_estimated) as is_split, count(*) as parts
            from warehouse.area_successor group by 1
        )
        select a.level, count(*), count(w.area_id), count(*) filter (where w.shared <> 1),
            count(*) filter (where w.is_split <> (w.parts > 1))
        from warehouse.dim_area a left join whole w using (area_id) where a.valid_to is not null group by 1
    """

    assert {level: counts for level, *counts in owner.execute(ask)} == {
        "province": [52, 52, 0, 0],
        "district": [696, 5, 0, 0],
        "commune": [10035, 10035, 0, 0],
    }
    assert owner.execute(
        "select count(*) from warehouse.dim_area where valid_from = '2025-07-01'"
        " and area_id not in (select successor_id from warehouse.area_successor)"
    ).fetchone() == (0,)
    assert owner.execute(
        "select count(*) from warehouse.area_successor s join warehouse.dim_area n on n.area_id = s.successor_id"
        " where n.valid_to is not null"
    ).fetchone() == (0,)


def successors(owner: psycopg.Connection, code: str) -> list[tuple[str, str, float, bool]]:
    return owner.execute(
        "select n.code, n.name, s.share, s.is_estimated from warehouse.area_successor s"
        " join warehouse.dim_area a using (area_id) join warehouse.dim_area n on n.area_id = s.successor_id"
        " where a.code = %s order by n.name",
        [code],
    ).fetchall()


def test_a_commune_goes_where_the_reform_put_it_and_a_split_one_in_equal_shares(owner: psycopg.Connection) -> None:
    assert successors(owner, "05992") == [("05977", "Phường Đông Kinh", 1, False)]
    assert successors(owner, "06625") == [
        ("06637", "Xã Châu Sơn", 0.5, True),
        ("06625", "Xã Kiên Mộc", 0.5, True),
    ]
    assert successors(owner, "84") == [("86", "Tỉnh Vĩnh Long", 1, False)]
    assert successors(owner, "20") == []
    in_lang_son = owner.execute(
        "select count(distinct a.area_id) from warehouse.area_successor join warehouse.dim_area a using (area_id)"
        " join warehouse.dim_area p on p.area_id = any(a.ancestor_ids) and p.code = '20' where is_estimated"
    )
    assert in_lang_son.fetchone() == (3,)


def test_shares_of_six_decimals_leave_nothing_over() -> None:
    assert equal_shares(1) == [1]
    assert equal_shares(3) == [Decimal("0.333333"), Decimal("0.333333"), Decimal("0.333334")]
    assert all(sum(equal_shares(number)) == 1 for number in range(1, 50))


def test_plans_are_the_published_ones(owner: psycopg.Connection) -> None:
    assert owner.execute(
        "select sum(plan) from warehouse.kpi_plan where kpi_id = 'digital_account_plan_rate' and year = 2023"
    ).fetchone() == (159357 + 158922 + 159184,)


def test_every_area_leads_up_to_a_province(owner: psycopg.Connection) -> None:
    assert owner.execute(
        """
        select count(*) from warehouse.dim_area a
        left join warehouse.dim_area top on top.area_id = a.ancestor_ids[array_length(a.ancestor_ids, 1)]
        where a.ancestor_ids[1] <> a.area_id or top.level is distinct from 'province' or top.parent_id is not null
            or (a.level <> 'province' and a.ancestor_ids[2] is distinct from a.parent_id)
        """
    ).fetchone() == (0,)


def test_areas_know_place_and_where_known_size(owner: psycopg.Connection) -> None:
    assert owner.execute(
        "select count(*) from warehouse.dim_area"
        " where latitude not between 7 and 24 or longitude not between 102 and 118"
    ).fetchone() == (0,)
    assert owner.execute("select area_km2 from warehouse.dim_area where code = '20'").fetchone() == (8310,)
    assert owner.execute(
        "select area_km2 from warehouse.dim_area where code = '05986' and valid_to is null"
    ).fetchone() == (27.35,)
    assert owner.execute("select count(*) from warehouse.dim_area where area_km2 = 0").fetchone() == (0,)


def test_names_are_listed_in_vietnamese_order(owner: psycopg.Connection) -> None:
    names = owner.execute(
        "select d.name from warehouse.dim_area d join warehouse.dim_area p on p.area_id = d.parent_id"
        " where p.code = '20' and d.level = 'district' order by d.sort_key"
    ).fetchall()

    assert [name.split(" ", 1)[1] for (name,) in names] == [
        "Bắc Sơn", "Bình Gia", "Cao Lộc", "Chi Lăng", "Đình Lập", "Hữu Lũng",
        "phố Lạng Sơn", "Lộc Bình", "Tràng Định", "Văn Lãng", "Văn Quan",
    ]  # fmt: skip


def test_organisations_of_each_province(owner: psycopg.Connection) -> None:
    assert owner.execute(
        "select p.code, tier, count(*) from warehouse.dim_organisation join warehouse.dim_province as p"
        " using (province_id) group by 1, 2 order by 1, 3"
    ).fetchall() == [
        *[("H37", "district", 11), ("H37", "province", 21), ("H37", "commune", 194)],
        *[("H59", "district", 9), ("H59", "province", 19), ("H59", "commune", 104)],
    ]
    for code, name in (
        ("000.00.11.H37", "Sở Thông tin và Truyền thông"),
        ("000.00.31.H37", "Ủy ban nhân dân thành phố Lạng Sơn"),
        ("000.00.41.H37", "Ủy ban nhân dân huyện Đình Lập"),
        ("000.03.31.H37", "Ủy ban nhân dân phường Vĩnh Trại, thành phố Lạng Sơn"),
    ):
        assert owner.execute("select name from warehouse.dim_organisation where code = %s", [code]).fetchone() == (
            name,
        )


def test_every_commune_of_2023_has_its_organisation(owner: psycopg.Connection) -> None:
    """000.NN.DD.H37: the district's number and the commune's place in it, both in order of code."""
    assert owner.execute(
        """
        with communes as (
            select c.name, format(
                '000.%s.%s.H37',
                lpad(row_number() over (partition by d.code order by c.code)::text, 2, '0'),
                30 + dense_rank() over (order by d.code)
            ) as code
            from warehouse.dim_area c join warehouse.dim_area d on d.area_id = c.parent_id
            join warehouse.dim_area p on p.area_id = d.parent_id and p.code = '20' where c.level = 'commune'
        )
        select count(*) from communes join warehouse.dim_organisation o using (code)
        where lower(o.name) like '%' || lower(communes.name) || ',%'
        """
    ).fetchone() == (194,)


def test_population_is_the_published_one(owner: psycopg.Connection) -> None:
    assert owner.execute("select year, population from warehouse.area_population order by year").fetchall() == [
        (2022, 810700),
        (2023, 805794),
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("provinces.csv", "H37,20", "H37,21", r"provinces\.csv, line 2, column area_code: there is no province 21; "),
        ("provinces.csv", "8310", "8.310,5", r"provinces\.csv, line 2: 5 values instead of 4"),
        ("provinces.csv", "8310", "lớn", r"provinces\.csv, line 2, column area_km2: 'lớn' is no number"),
        (
            "organisations.csv",
            ",district,",
            ",huyen,",
            r"organisations\.csv, line 23, column tier: Input should be 'province', 'district' or 'commune'",
        ),
        (
            "organisations.csv",
            "000.00.02.H37",
            "000.00.01.H37",
            r"organisations\.csv, line 3, column code: H37 000\.00\.01\.H37 is on line 2",
        ),
        (
            "organisations.csv",
            "H37,000.00.02.H37",
            "H99,000.00.02.H99",
            r"line 3, column province_code: H99 is neither in the settings nor in provinces\.csv",
        ),
        (
            "organisations.csv",
            "000.00.02.H37",
            "000.00.02.H59",
            r"line 3, column code: 000\.00\.02\.H59 must end in \.H37",
        ),
        (
            "area_population.csv",
            "810700",
            "810.700",
            r"area_population\.csv, line 2, column population: '810\.700' is no whole number",
        ),
        (
            "area_population.csv",
            "810700",
            "8107000000",
            r"area_population\.csv, line 2, column population: 8107000000 is no number of people",
        ),
        (
            "area_population.csv",
            "2022",
            "1999",
            r"area_population\.csv, line 2, column year: 1999 is not in 2015 to 2035",
        ),
        (
            "area_population.csv",
            "20,2022",
            "00,2022",
            r"area_population\.csv, line 2, column area_code: no area 00 on 1 January 2022",
        ),
        ("plans.csv", "159357", "0", r"plans\.csv, line 5, column plan: must be a number above 0"),
        ("plans.csv", "159357", "", r"plans\.csv, line 5, column plan: must be a number above 0"),
        ("plans.csv", "H37,", "H99,", r"plans\.csv, line 2, column province: H99 is neither in the settings nor in"),
        ("plans.csv", ",2022,", ",22,", r"plans\.csv, line 2, column year: 22 is not in 2015 to 2035"),
        ("plans.csv", "=payment,2022", "=citizen_app,2022", r"plans\.csv, line 3, .* is on line 2 already"),
        ("gates.csv", "Cửa khẩu phụ Tân Thanh", "", r"gates\.csv, line 5, column name_vi: '' is empty"),
        (
            "gates.csv",
            "name_vi",
            "ten",
            r"gates\.csv, line 1: columns are 'code,ten,name_en', must be 'code,name_vi,name_en'",
        ),
    ],
)
def test_a_fault_names_file_line_and_column(
    owner: psycopg.Connection, tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    installation, folder = changed(tmp_path)
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))

    with pytest.raises(Abort, match=told):
        load(owner, installation, CATALOGUE.fields)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("telecom,subscriber,vnpt,,", r"line 2, column feed: there is no such feed that several deliver"),
        ("gate,vehicles,vnpt,,", r"line 2, column feed: there is no such feed that several deliver"),
        ("telecom,subscribers,,,", r"line 2, column code: '' is empty"),
        ("telecom,subscribers,vnpt,2023-13-01,", r"line 2, column valid_from: '2023-13-01' is no day"),
        ("telecom,subscribers,vnpt,2023-06-01,2023-06-01", r"line 2, column valid_to: must be after valid_from"),
        ("telecom,subscribers,vnpt,,\ntelecom,subscribers,VNPT,,", r"line 3, column valid_from: vnpt is listed"),
        ("telecom,subscribers,vnpt", r"line 2"),
    ],
)
def test_a_fault_of_a_deliverer_names_line_and_column(
    owner: psycopg.Connection, tmp_path: Path, line: str, told: str
) -> None:
    installation, folder = changed(tmp_path)
    (folder / "deliverers.csv").write_text(f"source,feed,code,valid_from,valid_to\n{line}\n")
    with pytest.raises(Abort, match=rf"deliverers\.csv, {told}"):
        load(owner, installation, CATALOGUE.fields)


def test_deliverers_are_those_that_the_file_lists_now(owner: psycopg.Connection, tmp_path: Path) -> None:
    installation, folder = changed(tmp_path)
    for lines in (
        ["telecom,revenue,VNPT,,2024-01-01"],
        ["telecom,revenue,fpt,,", "telecom,stations,ghn,2023-01-01,"],
        [],
    ):
        text = "\n".join(["source,feed,code,valid_from,valid_to", *lines, ""])
        (folder / "deliverers.csv").write_text(text)
        load(owner, installation, CATALOGUE.fields)
        listed = [line.split(",")[2].lower() for line in lines]
        assert [code for (code,) in owner.execute("select code from warehouse.deliverer order by 1")] == listed


def test_another_deliverer_makes_the_figures_of_its_feed_be_computed_again(
    owner: psycopg.Connection, tmp_path: Path
) -> None:
    installation, folder = changed(tmp_path)
    for feed in ("revenue", "stations"):
        owner.execute("insert into kpi.refresh values (1, 'k', 'telecom', %s, 1)", [feed])
    load(owner, installation, CATALOGUE.fields)
    ask = "select feed from kpi.refresh where kpi_id = 'k' order by 1"
    assert [feed for (feed,) in owner.execute(ask)] == ["revenue", "stations"]
    (folder / "deliverers.csv").write_text("source,feed,code,valid_from,valid_to\ntelecom,revenue,vnpt,,\n")
    load(owner, installation, CATALOGUE.fields)
    assert [feed for (feed,) in owner.execute(ask)] == ["stations"]


def test_a_code_list_of_the_hub_must_be_there(
    owner: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation, _ = changed(tmp_path / "own")
    shutil.copytree(reference._SHARED, tmp_path / "hub")
    (tmp_path / "hub" / "channels.csv").unlink()
    monkeypatch.setattr(reference, "_SHARED", tmp_path / "hub")
    with pytest.raises(Abort, match=r"channels\.csv"):
        load(owner, installation, CATALOGUE.fields)
    owner.rollback()


def test_a_wrong_encoding_is_told(owner: psycopg.Connection, tmp_path: Path) -> None:
    installation, folder = changed(tmp_path)
    (folder / "gates.csv").write_text("code,name_vi,name_en\nx,Cửa khẩu,Gate\n", encoding="utf-16")
    with pytest.raises(Abort, match=r"gates\.csv: not UTF-8"):
        load(owner, installation, CATALOGUE.fields)
    owner.rollback()


def test_a_corrected_name_replaces_the_old_one_under_the_same_id(owner: psycopg.Connection, tmp_path: Path) -> None:
    installation, folder = changed(tmp_path)
    ask = "select organisation_id, name from warehouse.dim_organisation where code = '000.00.17.H37'"
    before = owner.execute(ask).fetchone()
    organisations = folder / "organisations.csv"
    organisations.write_text(organisations.read_text().replace("Sở Ngoại vụ", "Sở Ngoại vụ và Biên giới"))
    load(owner, installation, CATALOGUE.fields)

    assert before is not None
    assert owner.execute(ask).fetchone() == (before[0], "Sở Ngoại vụ và Biên giới")


LISTED = """
    select distinct a.code from warehouse.dim_area a where a.level <> 'unknown' and a.valid_from <= %(day)s
    and coalesce(a.valid_to > %(day)s, true) and (a.ancestor_ids && array(select area_id from warehouse.dim_area
    where level = 'province' and code = %(code)s) or %(day)s >= (select max(valid_to) from warehouse.dim_area
    where level = 'province' and code = %(code)s))
"""


@pytest.mark.parametrize("province", ["20", "84"])
@pytest.mark.parametrize("day", [date(2019, 1, 1), date(2023, 2, 28), date(2025, 6, 30), date(2025, 7, 1)])
def test_the_areas_of_a_day_are_known_without_a_database(owner: psycopg.Connection, province: str, day: date) -> None:
    listed = {code for (code,) in owner.execute(LISTED, {"code": province, "day": day})}
    every = {code for (code,) in owner.execute("select code from warehouse.dim_area where level <> 'unknown'")}
    areas = ListedAreas(province)
    assert {code for code in every if areas.has(code, day)} == listed
    assert not areas.has("00000", day)
    assert not areas.is_elsewhere("00000", day)


@pytest.mark.parametrize("dimension", ["channel", "gate", "operator", "platform"])
def test_the_codes_of_a_list_are_known_without_a_database(owner: psycopg.Connection, dimension: str) -> None:
    listed = {code for (code,) in owner.execute(f"select code from warehouse.dim_{dimension}".encode())}
    assert set(listed_codes(LANG_SON, dimension) or ()) == listed


def test_the_organisations_of_a_province_are_known_without_a_database(owner: psycopg.Connection) -> None:
    query = "select o.code from warehouse.dim_organisation o join warehouse.dim_province p using (province_id)"
    listed = {code for (code,) in owner.execute(f"{query} where p.code = 'H37' and not o.is_inferred".encode())}
    assert set(listed_codes(LANG_SON.for_province("H37"), "organisation") or ()) == listed
    assert listed_codes(LANG_SON, "service") is None
