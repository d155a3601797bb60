"""Notes on figures: written, read, withdrawn, and what the audit trail tells of it."""

from datetime import date
from decimal import Decimal
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
from kpis.notes import LONGEST, MOST_IN_AN_HOUR, MOST_SHOWN, MOST_STANDING, notes, withdraw_note, write_note
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
        assert owner.execute("select text, salt from kpi.note").fetchall() == [(None, None)], "nobody can tell any more"
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


@pytest.mark.parametrize(
    "said",
    ["Xã Đoàn Kết mất điện hai ngày", "Số liệu của xã Vũ Lễ nộp muộn", "Doanh thu giảm 323415885 đồng do bão"],
)
def test_places_and_sums_of_money_are_no_persons(owner: psycopg.Connection[Any], said: str) -> None:
    own, area = province(owner)
    assert write_note(owner, own, "gate_vehicles", area, TWO_DAYS, said)


def test_an_account_writes_only_so_many_notes_in_an_hour_since_each_renews_every_open_page(url: str) -> None:
    with connect(url, "owner") as owner:
        own, area = province(owner)
    with connect(url, "accounts") as keeper:
        for number in range(MOST_IN_AN_HOUR):
            note = write_note(keeper, own, "gate_vehicles", area, TWO_DAYS, f"lần {number}", "account:so.tttt")
            withdraw_note(keeper, own, note, "account:so.tttt")
        with pytest.raises(Abort, match="in an hour"):
            write_note(keeper, own, "phone_density", area, TWO_DAYS, STOPPED, "account:so.tttt")
        assert write_note(keeper, own, "phone_density", area, TWO_DAYS, STOPPED, "account:so.tai.chinh")
        keeper.commit()
    with connect(url, "owner") as owner:
        owner.execute("update kpi.note set written_at = written_at - interval '1 hour'")
        owner.commit()
    with connect(url, "accounts") as keeper:
        assert write_note(keeper, own, "phone_density", area, TWO_DAYS, STOPPED, "account:so.tttt")


def test_only_so_many_notes_stand_on_a_figure_and_the_newest_are_given(owner: psycopg.Connection[Any]) -> None:
    own, area = province(owner)
    numbers = [
        write_note(owner, own, "gate_vehicles", area, TWO_DAYS, f"lần {number}") for number in range(MOST_STANDING)
    ]
    with pytest.raises(Abort, match=f"{MOST_STANDING} notes stand"):
        write_note(owner, own, "gate_vehicles", area, TWO_DAYS, STOPPED)
    assert write_note(owner, own, "phone_density", area, TWO_DAYS, STOPPED), "another figure has room of its own"
    place = province_area(owner, own, TWO_DAYS.last)
    june = Question("gate_vehicles", Period(date(2023, 6, 1), date(2023, 6, 30)), "H37")
    figure = Figure(june, CATALOGUE.find("gate_vehicles"), place, "vehicles", "vehicles", "official", 1)
    [told] = with_notes(Once(owner), own, [figure], leaves=False)
    assert [note.note_id for note in told.notes] == numbers[-MOST_SHOWN:]
    withdraw_note(owner, own, numbers[0])
    assert write_note(owner, own, "gate_vehicles", area, TWO_DAYS, STOPPED)


def test_a_note_explains_at_most_a_year(owner: psycopg.Connection[Any]) -> None:
    own, area = province(owner)
    assert write_note(owner, own, "gate_vehicles", area, Period(date(2024, 1, 1), date(2024, 12, 31)), STOPPED)
    with pytest.raises(WrongQuestion, match="at most a year"):
        write_note(owner, own, "gate_vehicles", area, Period(date(2023, 1, 1), date(2024, 12, 31)), STOPPED)


@pytest.mark.parametrize(
    ("first", "last", "is_given"),
    [
        (date(2023, 6, 1), date(2023, 6, 30), True),
        (date(2023, 4, 1), date(2023, 6, 30), False),
        (date(2023, 6, 1), date(2023, 7, 31), False),
    ],
    ids=["its month", "a quarter with other months", "with a month after"],
)
def test_what_leaves_has_a_note_about_persons_beside_no_longer_figure(
    owner: psycopg.Connection[Any], first: date, last: date, is_given: bool
) -> None:
    own, area = province(owner)
    write_note(owner, own, "feedback_resolved_rate", area, TWO_DAYS, STOPPED)
    question = Question("feedback_resolved_rate", Period(first, last), "H37")
    place = province_area(owner, own, last)
    figure = Figure(
        question, CATALOGUE.find("feedback_resolved_rate"), place, "rate", "%", "official", 1, value=Decimal(5)
    )
    [inside] = with_notes(Once(owner), own, [figure], leaves=False)
    assert len(inside.notes) == 1
    [outside] = with_notes(Once(owner), own, [figure], leaves=True)
    assert len(outside.notes) == int(is_given)


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
        "insert into kpi.note (province_id, kpi_id, area_id, first_day, last_day, text, salt, author) select"
        " province_id, kpi_id, area_id, first_day, last_day, text, salt, author from kpi.note",
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
