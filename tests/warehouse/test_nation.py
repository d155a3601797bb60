"""A national hub reads the figures of whole provinces from the provinces' own hubs, and nothing else."""

from decimal import Decimal

import psycopg
import pytest

from hub.errors import Abort
from kpis.nation import NationalComparison, compare_provinces
from tests.nation import AREAS, JUNE, KPI, SECRET, ProvinceDatabase
from warehouse import nation, roles


def add(national: psycopg.Connection, province: ProvinceDatabase) -> None:
    nation.add(national, province.province, province.address, SECRET)


def compared(national: psycopg.Connection) -> NationalComparison:
    return compare_provinces(national, KPI, JUNE)


def shown(found: NationalComparison) -> list[tuple[int | None, str, Decimal | None]]:
    return [(one.rank, one.province, one.value) for one in found.figures]


def test_provinces_stand_beside_each_other_by_rank_with_their_median(
    national: psycopg.Connection, provinces: dict[str, ProvinceDatabase]
) -> None:
    for province, value in (("H37", "97.5"), ("H59", "99.1"), ("H10", "97.5")):
        provinces[province].say(value)
        add(national, provinces[province])
    found = compared(national)
    assert shown(found) == [(1, "H59", Decimal("99.1")), (2, "H10", Decimal("97.5")), (2, "H37", Decimal("97.5"))]
    assert found.median == Decimal("97.5")
    assert found.figures[2].name == "Lạng Sơn"


def test_only_figures_of_whole_provinces_are_read(
    national: psycopg.Connection, provinces: dict[str, ProvinceDatabase]
) -> None:
    hub = provinces["H37"]
    hub.say("97.5")
    hub.say("80", area=AREAS["H59"])
    hub.say("70", breakdown="channel=online")
    add(national, hub)
    assert national.execute("select value from nation.observation").fetchall() == [(Decimal("97.5"),)]


def test_the_newest_revision_counts_and_earlier_ones_stay(
    national: psycopg.Connection, provinces: dict[str, ProvinceDatabase]
) -> None:
    hub = provinces["H37"]
    hub.say("97.5")
    add(national, hub)
    hub.say("96", revision=2)
    assert [(one.new, one.withdrawn) for one in nation.read(national)] == [(1, 0)]
    assert shown(compared(national)) == [(1, "H37", Decimal(96))]
    assert national.execute("select count(*) from nation.observation").fetchone() == (2,)
    assert [(one.new, one.withdrawn) for one in nation.read(national)] == [(0, 0)]


def test_a_figure_of_another_definition_is_not_compared(
    national: psycopg.Connection, provinces: dict[str, ProvinceDatabase]
) -> None:
    for province in ("H37", "H59"):
        provinces[province].say("97.5")
        add(national, provinces[province])
    other = KPI.model_copy(update={"scale": Decimal(1)})
    assert other.sha256 != KPI.sha256
    found = compare_provinces(national, other, JUNE)
    assert shown(found) == [(None, "H37", None), (None, "H59", None)]
    assert found.figures[0].reason is not None
    assert "another definition" in found.figures[0].reason.text("en")
    assert found.median is None


def test_a_missing_figure_has_the_reason_that_its_hub_gives(
    national: psycopg.Connection, provinces: dict[str, ProvinceDatabase]
) -> None:
    provinces["H37"].say(None)
    add(national, provinces["H37"])
    add(national, provinces["H59"])
    missing, never = compared(national).figures
    assert (missing.status, missing.reason and missing.reason.text("en")) == ("missing", "lacking")
    assert never.reason is not None
    assert "gave no figure" in never.reason.text("en")


def test_a_hub_that_is_away_keeps_its_figures_and_holds_back_no_other(
    national: psycopg.Connection, provinces: dict[str, ProvinceDatabase]
) -> None:
    for province in ("H37", "H59"):
        provinces[province].say("97.5")
        add(national, provinces[province])
        provinces[province].say("98", revision=2)
    provinces["H37"].run(f"alter role {provinces['H37'].login} nologin")
    away, there = nation.read(national)
    assert away.failure is not None
    assert SECRET not in away.failure.text("en")
    assert (there.failure, there.new) == (None, 1)
    assert [(one.province, one.value, one.is_stale) for one in compared(national).figures] == [
        ("H59", Decimal(98), False),
        ("H37", Decimal("97.5"), True),
    ]
    provinces["H37"].run(f"alter role {provinces['H37'].login} login")
    nation.read(national, ["H37"])
    assert [one.failure for one in nation.every(national)] == [None, None]
    assert not any(one.is_stale for one in compared(national).figures)


def test_a_hub_that_answers_without_end_holds_back_no_other(
    national: psycopg.Connection, provinces: dict[str, ProvinceDatabase], monkeypatch: pytest.MonkeyPatch
) -> None:
    for province in ("H37", "H59"):
        provinces[province].say("97.5")
        add(national, provinces[province])
        provinces[province].say("98", revision=2)
    provinces["H37"].run(
        "create or replace view serving_bi.kpi_observations as"
        " select * from serving_bi.kpi_observations() where pg_sleep(20) is not null"
    )
    monkeypatch.setattr(nation, "_LONGEST", "1s")
    slow, there = nation.read(national)
    assert slow.failure is not None
    assert (there.failure, there.new) == (None, 1)
    assert national.execute("show statement_timeout").fetchone() == ("0",)


@pytest.mark.parametrize(
    "said", ["value = 'NaN'", "numerator = 'Infinity'", "denominator = '-Infinity'", "data_as_of = 'infinity'"]
)
def test_what_is_no_figure_is_told_and_nothing_is_taken(
    national: psycopg.Connection, provinces: dict[str, ProvinceDatabase], said: str
) -> None:
    hub = provinces["H37"]
    hub.say("97.5")
    add(national, hub)
    hub.say("98", revision=2)
    hub.run(f"update kpi.observation set {said} where revision = 2")
    [found] = nation.read(national)
    assert found.failure is not None
    assert "is no figure" in found.failure.text("en")
    assert shown(compared(national)) == [(1, "H37", Decimal("97.5"))]


def test_a_state_of_a_figure_that_there_is_not_is_told(
    national: psycopg.Connection, provinces: dict[str, ProvinceDatabase]
) -> None:
    hub = provinces["H37"]
    hub.say("97.5")
    hub.run("alter table kpi.observation drop constraint ck_observation_status")
    hub.run("update kpi.observation set status = 'splendid'")
    with pytest.raises(Abort, match="is no figure"):
        add(national, hub)


@pytest.mark.parametrize("column", ["value", "numerator", "denominator"])
def test_a_revision_that_is_another_one_than_before_is_told_and_nothing_is_taken(
    national: psycopg.Connection, provinces: dict[str, ProvinceDatabase], column: str
) -> None:
    hub = provinces["H37"]
    hub.say("97.5")
    add(national, hub)
    hub.run(f"update kpi.observation set {column} = 99.9")
    hub.say("96", revision=2)
    [found] = nation.read(national)
    assert found.failure is not None
    assert "a hub never changes a revision" in found.failure.text("en")
    assert shown(compared(national)) == [(1, "H37", Decimal("97.5"))]


def test_a_figure_that_its_hub_gives_no_more_is_missing_and_no_earlier_one_takes_its_place(
    national: psycopg.Connection, provinces: dict[str, ProvinceDatabase]
) -> None:
    hub = provinces["H37"]
    hub.say("97.5")
    hub.say("96", revision=2)
    add(national, hub)
    hub.run("delete from kpi.observation where revision = 2")
    assert [(one.new, one.withdrawn) for one in nation.read(national)] == [(0, 1)]
    [found] = compared(national).figures
    assert found.value is None
    assert found.reason is not None
    assert "does not give this figure any more" in found.reason.text("en")
    hub.say("96", revision=2)
    assert [(one.new, one.withdrawn) for one in nation.read(national)] == [(0, 1)]
    assert shown(compared(national)) == [(1, "H37", Decimal(96))]


def test_a_hub_that_cannot_be_read_is_not_added(
    national: psycopg.Connection, provinces: dict[str, ProvinceDatabase]
) -> None:
    hub = provinces["H37"]
    with pytest.raises(Abort, match="cannot be read"):
        nation.add(national, "H37", hub.address, "another password")
    with pytest.raises(Abort, match="sees no province"):
        nation.add(national, "H59", hub.address, SECRET)
    assert nation.every(national) == []
    assert national.execute("select count(*) from pg_foreign_server").fetchone() == (0,)


@pytest.mark.parametrize(
    "address",
    ["H37", "mysql://a@b/c", "postgresql://login:secret@host/ioc", "postgresql://host/ioc", "postgresql://a@b"],
)
def test_an_address_that_is_none_or_holds_a_password_is_refused(national: psycopg.Connection, address: str) -> None:
    with pytest.raises(Abort, match="postgresql://LOGIN@HOST:PORT/DATABASE") as refused:
        nation.add(national, "H37", address, SECRET)
    assert "secret" not in str(refused.value)


def test_an_option_of_an_address_that_is_not_known_is_refused(national: psycopg.Connection) -> None:
    with pytest.raises(Abort, match="not passfile"):
        nation.add(national, "H37", "postgresql://a@b/c?passfile=/etc/shadow", SECRET)


def test_a_province_that_is_removed_leaves_nothing_but_its_trail(
    national: psycopg.Connection, provinces: dict[str, ProvinceDatabase]
) -> None:
    provinces["H37"].say("97.5")
    add(national, provinces["H37"])
    nation.remove(national, "H37")
    assert nation.every(national) == []
    for left in ("nation.observation", "pg_foreign_server", "pg_user_mapping"):
        assert national.execute(f"select count(*) from {left}".encode()).fetchone() == (0,), left
    told = national.execute(
        "select act from serving.audit_entries where subject = 'nation/H37' order by entry_id"
    ).fetchall()
    assert told == [("figures",), ("setting",), ("setting",)]
    with pytest.raises(Abort, match="No hub of province H37"):
        nation.remove(national, "H37")


@pytest.mark.parametrize("role", [roles.READER, roles.SCREENS, roles.LOADER, roles.ACCOUNTS, roles.BI])
def test_nobody_but_the_owner_reaches_into_another_hub_or_sees_its_password(
    national: psycopg.Connection, provinces: dict[str, ProvinceDatabase], role: str
) -> None:
    add(national, provinces["H37"])
    national.execute(f"set role {role}".encode())
    for question in (
        "select from nation.observation",
        'select from "nation_H37".kpi_observations',
        "create foreign table t () server nation_H37",
    ):
        with pytest.raises(psycopg.Error), national.transaction():
            national.execute(question.encode())
    mapped = national.execute("select umoptions from pg_user_mappings").fetchall()
    assert mapped == [(None,)]
    national.execute("reset role")
