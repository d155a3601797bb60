"""A reminder holds up: it names what was due and when, what the hub saw, and leaves its own outages out."""

import io
from datetime import date, datetime, timedelta

import pytest
from docx import Document
from docx.shared import Pt
from psycopg.types.json import Jsonb

from alerts import outages
from alerts.letter import write_letter
from alerts.outages import Outage
from alerts.recipients import Recipient
from alerts.reminders import Reminder, record, reminders, withdraw
from alerts.settings import AlertSettings
from alerts.situation import Situation
from alerts.watch import note
from hub.errors import Abort
from hub.periods import VIETNAM
from hub.province_settings import Agency
from tests.alerts.world import FEEDBACK, REVENUE, Ledger, day, only
from tests.installation import FOLDER
from warehouse.punctuality import due_at

SETTINGS = AlertSettings(installation=FOLDER, review_after=1, discipline_after=2)
AGENCY = Agency(name="Sở KH&CN", symbol="SKHCN-CĐS", place="Lạng Sơn")
SPEC = only("feedback")["feedback"]
DUE = due_at(day(10), SPEC.cadence, SPEC.lateness)
"""When 11 June is late."""
BEGINS = DUE - SPEC.lateness
LATER = DUE + timedelta(days=1)


class Late(Ledger):
    """Centre 1022 has delivered up to 10 June; the hub looks a day after the deadline of 11 June."""

    def prepare(
        self, *, watched_from: datetime = BEGINS, watched_to: datetime = LATER, asked: datetime | None = LATER
    ) -> None:
        self.batch(FEEDBACK, day(1), day(10))
        self.watched(watched_from, watched_to)
        if asked:
            self.batch(FEEDBACK, day(11), status="failed", at=asked - timedelta(minutes=5))

    def look(self, now: datetime = LATER) -> Situation:
        return self.situation(now, only("feedback", "gate"))

    def made(self) -> list[Reminder]:
        return record(self.look())


@pytest.fixture
def late(ledger: Ledger) -> Late:
    return Late(ledger.connection)


def test_a_missed_deadline_that_the_hub_can_prove_is_one_reminder(late: Late) -> None:
    late.prepare()
    [made] = late.made()
    assert (made.unit, made.days.first, made.due_at, made.number) == ("trung-tam-1022", day(11), DUE, 1)
    assert made.looks == [LATER - timedelta(minutes=5)]
    assert made.evidence["outages"] == []
    assert late.made() == []
    entry = late.connection.execute("select body::jsonb -> 'after' ->> 'unit' from ledger.entry where act = 'reminder'")
    assert entry.fetchall() == [("trung-tam-1022",)]


def test_without_a_look_after_the_deadline_there_is_none(late: Late) -> None:
    late.prepare(asked=None)
    late.batch(FEEDBACK, day(11), status="failed", at=BEGINS)
    assert late.made() == []


def test_a_look_that_failed_by_the_hubs_own_fault_proves_nothing(late: Late) -> None:
    late.prepare(asked=None)
    late.batch(FEEDBACK, day(11), status="failed", at=LATER - timedelta(minutes=5), is_own_fault=True)
    assert late.made() == []


def test_a_look_that_is_running_proves_nothing(late: Late) -> None:
    late.prepare(asked=None)
    late.batch(FEEDBACK, day(11), status="running", at=LATER - timedelta(minutes=5))
    assert late.made() == []


def test_what_was_delivered_and_blocked_is_no_reason_for_a_reminder(late: Late) -> None:
    late.prepare(asked=None)
    late.batch(FEEDBACK, day(11), status="blocked", at=DUE - timedelta(minutes=5))
    late.batch(FEEDBACK, day(11), status="failed", at=LATER - timedelta(minutes=5))
    assert late.made() == []


MAY = (date(2023, 5, 1), date(2023, 5, 31))
OF_MAY = only("telecom")
JULY = datetime(2023, 7, 31, tzinfo=VIETNAM)


@pytest.fixture
def operators(late: Late) -> Late:
    """VNPT and Viettel deliver telecom.revenue; of May only VNPT's has come."""
    late.watched(JULY - timedelta(days=90), JULY)
    april = late.batch(REVENUE, date(2023, 4, 1), date(2023, 4, 30))
    late.deliver(april, "operator_code", vnpt=1, viettel=1)
    return late


def reminded(late: Late) -> list[tuple[str, date]]:
    return [(one.unit, one.days.last) for one in record(late.situation(JULY, OF_MAY)) if one.days.last == MAY[1]]


def test_an_operator_whose_part_of_a_month_did_not_come_is_reminded(operators: Late) -> None:
    operators.deliver(operators.batch(REVENUE, *MAY, at=JULY - timedelta(hours=5)), "operator_code", vnpt=1)
    assert ("viettel", MAY[1]) in reminded(operators)


def test_an_operator_whose_part_may_be_in_a_blocked_batch_is_not_reminded(operators: Late) -> None:
    operators.deliver(operators.batch(REVENUE, *MAY, at=JULY - timedelta(hours=5)), "operator_code", vnpt=1)
    operators.batch(REVENUE, *MAY, "blocked", at=JULY - timedelta(hours=1))
    assert reminded(operators) == []


@pytest.mark.parametrize(("row", "is_reminded"), [("vnpt", True), ("viettel", False), (None, False)])
def test_an_operator_all_of_whose_records_were_refused_is_not_reminded(
    operators: Late, row: str | None, is_reminded: bool
) -> None:
    batch = operators.batch(REVENUE, *MAY, at=JULY - timedelta(hours=5))
    operators.deliver(batch, "operator_code", vnpt=1)
    operators.connection.execute(
        "insert into quality.quarantine (batch_id, page_number, row_number, rules, record, fact_row)"
        " values (%s, 1, 1, '[\"x\"]', '{}', %s)",
        [batch, Jsonb({"operator_code": row}) if row else None],
    )
    assert (("viettel", MAY[1]) in reminded(operators)) == is_reminded


def test_a_hub_that_did_not_watch_from_the_beginning_reminds_nobody(late: Late) -> None:
    late.prepare(watched_from=BEGINS + timedelta(minutes=1))
    assert late.made() == []


def test_time_in_which_the_hub_was_down_is_added_to_the_deadline(late: Late) -> None:
    late.prepare(watched_to=BEGINS + timedelta(minutes=10))
    late.watched(BEGINS + timedelta(minutes=40), LATER)
    [made] = late.made()
    assert made.deadline == DUE + timedelta(minutes=30)
    assert [one["what"] for one in made.evidence["outages"]] == ["hub"]


def test_a_unit_whose_time_is_not_over_with_outages_added_is_not_late(late: Late) -> None:
    late.prepare(watched_to=BEGINS + timedelta(minutes=10))
    late.watched(LATER - SPEC.lateness + timedelta(minutes=11), LATER)
    assert late.made() == []


def test_a_failure_while_the_gateway_was_down_proves_nothing(late: Late) -> None:
    late.prepare()
    late.batch("gate.vehicles", day(11), status="failed", at=LATER - timedelta(minutes=4))
    assert late.made() == []


def test_reminders_are_counted_by_unit_and_year_without_those_that_were_withdrawn(late: Late) -> None:
    late.prepare()
    [first] = late.made()
    late.connection.execute(
        "insert into ledger.reminder (province_id, unit, source, feed, first_day, last_day, deadline, evidence)"
        " select province_id, unit, source, feed, d, d, deadline + s, evidence from ledger.reminder,"
        " (values ('2023-07-01'::date, interval '20 days'), ('2024-01-02', interval '1 year')) as more (d, s)"
    )
    province = late.look().province
    count = [(one.year, one.number) for one in reminders(late.connection, province)]
    assert count == [(2023, 1), (2023, 2), (2024, 1)]
    withdraw(late.connection, province, first.reminder_id, "account:x", "mạng của đơn vị do tỉnh quản lý bị lỗi")
    count = [(one.year, one.number) for one in reminders(late.connection, province, year=2023)]
    assert count == [(2023, None), (2023, 1)]
    with pytest.raises(Abort):
        withdraw(late.connection, province, first.reminder_id, "account:x", "lần nữa")


def test_an_address_that_stands_in_two_lines_of_a_unit_gets_one_mail_for_each_reminder(late: Late) -> None:
    late.prepare()
    line = Recipient("ai@ioc.example.vn", (), (), "trung-tam-1022")
    note(late.look(), SETTINGS, [line, line], LATER)
    assert late.connection.execute("select count(*) from ledger.alert").fetchone() == (1,)


def hours(number: float) -> datetime:
    return datetime(2023, 6, 12, tzinfo=VIETNAM) + timedelta(hours=number)


@pytest.mark.parametrize(
    ("down", "expected"),
    [
        ([], 6),
        ([(1, 2)], 7),
        ([(-3, -1)], 6),
        ([(-3, 2)], 8),
        ([(5, 9)], 10),
        ([(6, 9)], 6),
        ([(1, 2), (6.5, 8)], 8.5),
        ([(1, 3), (2, 4)], 9),
        ([(7, 8)], 6),
        ([(5, None)], None),
        ([(6, None)], 6),
    ],
)
def test_a_deadline_moves_by_the_outages_within_it(
    down: list[tuple[float, float | None]], expected: float | None
) -> None:
    found = [Outage("hub", hours(since), None if until is None else hours(until)) for since, until in down]
    moved = outages.deadline(hours(0), timedelta(hours=6), found)
    assert moved == (None if expected is None else hours(expected))


def test_the_letter_has_the_form_of_decree_30_and_says_what_the_hub_saw(late: Late) -> None:
    late.prepare()
    [made] = late.made()
    written = write_letter(late.look().province, made, SETTINGS, AGENCY, date(2024, 1, 2))
    letter = Document(io.BytesIO(written))
    section = letter.sections[0]
    for length, right in ((section.page_width, 210), (section.page_height, 297)):
        assert length is not None
        assert length.mm == pytest.approx(right, abs=0.1)
    for margin, least, most in (
        (section.top_margin, 20, 25),
        (section.bottom_margin, 20, 25),
        (section.left_margin, 30, 35),
        (section.right_margin, 15, 20),
    ):
        assert margin is not None
        assert least - 0.1 <= margin.mm <= most
    style = letter.styles["Normal"].font
    assert (style.name, style.size) == ("Times New Roman", Pt(14))
    head = [cell.text.strip() for table in letter.tables[:2] for cell in table.rows[0].cells]
    assert head[0] == "UBND LẠNG SƠN\nSỞ KH&CN"
    assert head[1] == "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc"
    assert head[2] == "Số:          /SKHCN-CĐS\nV/v nhắc nhở cung cấp số liệu", "the number is given by hand"
    assert head[3] == "Lạng Sơn, ngày       tháng      năm 2024", "the day, too"
    text = "\n".join(paragraph.text for paragraph in letter.paragraphs)
    for said in (
        "Kính gửi: Trung tâm 1022",
        "từ 11/06/2023 đến",
        DUE.strftime("%H giờ %M ngày %d/%m/%Y"),
        "không trả lời được",
        "lần nhắc nhở thứ 1 của đơn vị trong năm 2023",
        "người đứng đầu phải kiểm điểm",
    ):
        assert said in text
