"""Notes on figures: written, read, withdrawn, and what the audit trail tells of it."""

from datetime import date
from typing import Any

import psycopg
import pytest

from audit.derived_verification import verify_notes
from audit.findings import Verification
from hub.errors import Abort, WrongQuestion
from hub.periods import Period
from kpis.figure import Figure
from kpis.figure_notes import with_notes
from kpis.memo import Once
from kpis.notes import LONGEST, notes, withdraw_note, write_note
from kpis.question import Question
from tests.installation import CATALOGUE
from tests.postgres import Postgres
from warehouse.database import connect
from warehouse.serving import Province, find_province, province_area

TWO_DAYS = Period(date(2023, 6, 12), date(2023, 6, 13))
STOPPED = "Hệ thống một cửa dừng 2 ngày để nâng cấp"


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.database()


def province(owner: psycopg.Connection[Any]) -> tuple[Province, int]:
    own = find_province(owner, "H37")
    row = owner.execute("select area_id from warehouse.dim_area where code = '20' and level = 'province'").fetchone()
    assert row is not None
    return own, row[0]


def findings(connection: psycopg.Connection[Any]) -> list[str]:
    result = Verification()
    verify_notes(connection, result)
    return [finding.text.en for finding in result.findings]


@pytest.mark.parametrize("role", ["accounts", "loader"])
def test_a_note_is_written_and_withdrawn_with_an_entry_of_the_trail_each(url: str, role: Any) -> None:
    with connect(url, "owner") as owner:
        own, area = province(owner)
    with connect(url, role) as writer:
        number = write_note(writer, own, "gate_vehicles", area, TWO_DAYS, f"  {STOPPED}\u200b\n", "account:so.tttt")
    with connect(url, "reader") as reader:
        [note] = notes(reader, own)
        assert (note.kpi, note.area, note.text, note.author) == ("gate_vehicles", "20", STOPPED, "so.tttt")
        assert notes(reader, own, ["gate_vehicles"], [area]) == [note]
        assert note.explains("gate_vehicles", [area], Period(date(2023, 6, 13), date(2023, 7, 1)))
        assert not note.explains("gate_vehicles", [area], Period(date(2023, 6, 14), date(2023, 7, 1)))
        assert notes(reader, own, ["phone_density"]) == notes(reader, own, None, [area + 1]) == []
    with connect(url, role) as writer:
        withdraw_note(writer, own, number, "account:quan.tri")
        with pytest.raises(WrongQuestion):
            withdraw_note(writer, own, number, "account:quan.tri")
        writer.commit()
    with connect(url, "reader") as reader:
        assert notes(reader, own) == []
        [gone] = notes(reader, own, withdrawn=True)
        assert (gone.text, gone.author, gone.withdrawn_by) == (None, "so.tttt", "quan.tri")
    with connect(url, "owner") as owner:
        entries = owner.execute(
            "select actor, body::jsonb -> 'after' from ledger.entry where subject = %s order by entry_id",
            [f"note/{number}"],
        ).fetchall()
        assert [actor for actor, _ in entries] == ["account:so.tttt", "account:quan.tri"]
        assert set(entries[0][1]) == {"kpi", "area_id", "from", "to", "text_sha256"}
        assert findings(owner) == []


@pytest.mark.parametrize(
    "said",
    [
        *(" \u200b ", "x" * (LONGEST + 1), "Gọi 0912 345 678 để biết thêm", "Số CCCD 001099012345 bị nhập sai"),
        *("Xe 12C-123.45 qua cửa khẩu hai lần", "Liên hệ so.tttt@langson.gov.vn"),
    ],
)
def test_nothing_too_much_and_what_looks_personal_is_refused(owner: psycopg.Connection[Any], said: str) -> None:
    own, area = province(owner)
    with pytest.raises(Abort):
        write_note(owner, own, "gate_vehicles", area, TWO_DAYS, said)


def test_a_note_on_a_province_goes_with_its_figures_through_a_reform(owner: psycopg.Connection[Any]) -> None:
    owner.execute("update warehouse.dim_province set area_code = '24' where code = 'H37'")
    own = find_province(owner, "H37")
    before, after = (province_area(owner, own, day) for day in (date(2025, 6, 30), date(2025, 7, 1)))
    assert before is not None and after is not None and before.area_id != after.area_id
    write_note(owner, own, "gate_vehicles", before.area_id, Period(date(2025, 6, 12), date(2025, 6, 13)), STOPPED)
    question = Question("gate_vehicles", Period(date(2025, 1, 1), date(2025, 12, 31)), "H37")
    year = Figure(question, CATALOGUE.find("gate_vehicles"), after, "vehicles", "vehicles", "official", 1)
    [told] = with_notes(Once(owner), own, [year], leaves=False)
    assert [note.text for note in told.notes] == [STOPPED]


def test_days_must_be_in_order(owner: psycopg.Connection[Any]) -> None:
    own, area = province(owner)
    with pytest.raises(WrongQuestion):
        write_note(owner, own, "gate_vehicles", area, Period(TWO_DAYS.last, TWO_DAYS.first), STOPPED)


@pytest.mark.parametrize(
    "attack",
    [
        "update kpi.note set text = 'Không có gì'",
        "update kpi.note set author = 'account:x'",
        "update kpi.note set withdrawn_at = now(), withdrawn_by = 'account:x'",
        "delete from kpi.note",
        "insert into kpi.note (province_id, kpi_id, area_id, first_day, last_day, text, author) select province_id,"
        " kpi_id, area_id, first_day, last_day, text, author from kpi.note",
    ],
)
def test_a_note_that_was_changed_behind_the_trail_is_found(owner: psycopg.Connection[Any], attack: str) -> None:
    own, area = province(owner)
    write_note(owner, own, "gate_vehicles", area, TWO_DAYS, STOPPED)
    assert findings(owner) == []
    owner.execute(attack.encode())
    assert len(findings(owner)) == 1


def test_who_keeps_accounts_reads_no_text_of_a_note_and_nobody_rewrites_one(url: str) -> None:
    for role in ("accounts", "loader"):
        for act in ("update kpi.note set text = ''", "update kpi.note set author = ''", "delete from kpi.note"):
            with connect(url, role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(act.encode())
    with connect(url, "accounts") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("select text from kpi.note")
