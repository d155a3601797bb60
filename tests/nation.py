"""Hubs of provinces on one server, and a national hub beside them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import psycopg
import pytest

from accounts import bi_logins, directory
from accounts.rights import find_limits
from hub.periods import Period
from kpis.version_records import record
from tests.installation import CATALOGUE
from tests.postgres import Postgres
from warehouse import roles
from warehouse.database import connect
from warehouse.schema.facts import FACTS

SECRET = "s3cret-of-the-nation"
JUNE = Period(date(2023, 6, 1), date(2023, 6, 30))
KPI = CATALOGUE.find("on_time_dossier_rate")
AREAS = {"H37": "20", "H59": "84", "H10": "70"}


@dataclass
class ProvinceDatabase:
    """The hub of one province, whose login the national hub has."""

    url: str
    province: str
    login: str
    address: str

    def say(self, value: str | None, *, revision: int = 1, area: str | None = None, breakdown: str = "") -> None:
        """A figure of June."""
        with connect(self.url, "owner") as owner:
            record(owner, KPI)
            owner.execute(
                "insert into kpi.observation (province_id, kpi_id, first_day, last_day, area_id, breakdown, revision,"
                " value, status, reason_vi, reason_en, definition_version, cause)"
                " select p.province_id, %(kpi)s, %(first)s, %(last)s, a.area_id, %(breakdown)s, %(revision)s,"
                " %(value)s, case when %(value)s::numeric is null then 'missing' else 'official' end, %(vi)s, %(en)s,"
                " %(version)s, 'first' from warehouse.dim_province as p, warehouse.dim_area as a"
                " where p.code = %(province)s and a.code = %(area)s limit 1",
                {
                    "kpi": KPI.id,
                    "first": JUNE.first,
                    "last": JUNE.last,
                    "breakdown": breakdown,
                    "revision": revision,
                    "value": value,
                    "vi": "thiếu" if value is None else None,
                    "en": "lacking" if value is None else None,
                    "version": KPI.version,
                    "province": self.province,
                    "area": area or AREAS[self.province],
                },
            )
            owner.commit()

    def run(self, statement: str) -> None:
        with connect(self.url, "owner") as owner:
            owner.execute(statement.encode())
            owner.commit()


@pytest.fixture
def provinces(postgres_with_contrib: Postgres) -> Iterator[dict[str, ProvinceDatabase]]:
    found = {}
    for province in AREAS:
        url = postgres_with_contrib.database()
        with connect(url, "owner") as owner:
            roles.grant(owner, [f"{fact.schema}.{fact.name}" for fact in FACTS.values()])
            directory.create(owner, "quoc-gia", "Quốc gia", "viewer", find_limits(owner, province))
            login = f"nation_{owner.info.dbname}"
            assert bi_logins.prepare(owner, login, SECRET) is None
            directory.set_db_role(owner, directory.find(owner, "quoc-gia"), login)
            owner.commit()
            where = f"{owner.info.host}:{owner.info.port}/{owner.info.dbname}"
        found[province] = ProvinceDatabase(url, province, login, f"postgresql://{login}@{where}")
    yield found
    for one in found.values():
        one.run(f"drop owned by {one.login}; drop role {one.login}")


@pytest.fixture
def national(postgres_with_contrib: Postgres) -> Iterator[psycopg.Connection]:
    with connect(postgres_with_contrib.database(), "owner") as owner:
        yield owner
