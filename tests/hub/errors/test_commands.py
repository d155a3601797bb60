"""The command line tells what is wrong in its language, and so writes its numbers and units."""

import sys
from datetime import UTC, date, datetime
from decimal import Decimal

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from demo.loading import account_text
from ioc import main
from ioc.figure_tables import _moved
from ioc.output import Terminal, print_table
from ioc.reader import amount
from ioc.texts import unit
from kpis.figure import Change

DAYS = ("--from", "2023-01-01", "--to", "2023-01-02")


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
    for name in ("IOC_GATEWAY_URL", "IOC_CLIENT_ID", "IOC_WAREHOUSE_URL", "IOC_LANG"):
        monkeypatch.delenv(name, raising=False)


def told(
    command: list[str], language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """Exit code and stderr of a command."""
    monkeypatch.setenv("IOC_LANG", language)
    monkeypatch.setattr(sys, "argv", ["ioc", *command])
    with pytest.raises(SystemExit) as ended:
        main.main()
    return int(ended.value.code or 0), capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "code", "vi", "en"),
    [
        (
            ["kpi", "show", "gate_vehicle", *DAYS],
            2,
            "Không có chỉ tiêu 'gate_vehicle'; ý bạn là gate_vehicles?",
            "There is no KPI 'gate_vehicle'; did you mean gate_vehicles?",
        ),
        (
            ["kpi", "show", "gate_vehicles", "--period", "June"],
            2,
            "'June' không phải là kỳ; hãy viết 2023-06,",
            "'June' is not a period; write 2023-06,",
        ),
        (["kpi", "show", "gate_vehicles"], 2, "Hãy nêu kỳ: --from NGÀY", "Say the days: --from DAY"),
        (
            ["source", "check", "gates", "--offline"],
            2,
            "cài đặt này không có nguồn 'gates'; hiện có ad_numbers,",
            "this installation has no source 'gates'; it has ad_numbers,",
        ),
        (
            ["run", "gates", *DAYS],
            2,
            "H37 không có nguồn 'gates'; hiện có ad_numbers,",
            "H37 has no source 'gates'; it has ad_numbers,",
        ),
        (["demo", "--source", "gates"], 2, "không có nguồn 'gates'", "has no source 'gates'"),
        (
            ["reconcile", "published", "absent.csv"],
            1,
            "✗ Không đọc được absent.csv:",
            "✗ absent.csv cannot be read:",
        ),
        (
            ["run", "gate", *DAYS],
            1,
            "✗ Chưa đặt IOC_GATEWAY_URL; hãy đặt biến này, hoặc gateway_url trong ioc.toml",
            "✗ IOC_GATEWAY_URL is not set; set the variable, or gateway_url in ioc.toml",
        ),
        (
            ["run", "gate", "--from", "yesterday", "--to", "2023-01-02"],
            2,
            "✗ Giá trị của '--from' không hợp lệ: 'yesterday' không phải là ngày;",
            "✗ Invalid value for '--from': 'yesterday' is no day;",
        ),
        (["run", "gate", "--from", "2023-01-01"], 2, "✗ Thiếu tuỳ chọn '--to'.", "✗ Missing option '--to'."),
        (["kpi", "shw"], 2, "✗ Không có lệnh 'shw'. Ý bạn là 'show'?", "✗ No such command 'shw'. Did you mean 'show'?"),
        (
            ["quality", "runs", "--limit", "0"],
            2,
            "✗ Giá trị của '--limit' không hợp lệ: phải từ 1 trở lên",
            "✗ Invalid value for '--limit': Input should be greater than or equal to 1",
        ),
        (
            ["kpi", "list", "--jsn"],
            2,
            "✗ Không có tuỳ chọn --jsn (gần giống: --json)",
            "✗ No such option: --jsn (Possible options: --json)",
        ),
    ],
)
def test_a_command_tells_what_is_wrong_in_its_language(
    command: list[str],
    code: int,
    vi: str,
    en: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for language, text in (("vi", vi), ("en", en)):
        ended, shown = told(command, language, monkeypatch, capsys)
        assert (ended, text in shown) == (code, True), shown


@pytest.mark.parametrize(
    ("language", "moved", "value", "account"),
    [
        ("vi", "-51.447 (-5,6 %)", "1.342,5 tài khoản", "51.447 bản ghi = 51.400 ghi mới + 47 cách ly"),
        ("en", "-51,447 (-5.6 %)", "1,342.5 accounts", "51,447 records = 51,400 loaded + 47 quarantined"),
    ],
)
def test_numbers_and_units_are_those_of_the_language(
    language: str, moved: str, value: str, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOC_LANG", language)
    day = date(2023, 6, 30)
    change = Change(day, day, None, Decimal(-51447), "accounts", Decimal("-5.6"))
    counts = {"fetched": 51447, "loaded": 51400, "unchanged": 0, "superseded": 0, "quarantined": 47, "removed": 0}
    assert _moved(change) == moved
    assert f"{amount(Decimal('1342.50'))} {unit('accounts')}" == value
    assert account_text(counts) == account


def test_a_table_writes_numbers_in_vietnamese_but_names_as_they_are_typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ioc.output.out", Terminal(width=100))
    columns = {"batch_id": "#", "fetched": "đã nhận", "share": "tỷ lệ", "passed": "đạt"}
    print_table("", columns, [{"batch_id": 12345, "fetched": 51447, "share": 93.37, "passed": True}])
    cells = capsys.readouterr().out.splitlines()[-2].split("│")
    assert [cell.strip() for cell in cells if cell.strip()] == ["12345", "51.447", "93,37", "có"]


@pytest.mark.parametrize(
    ("language", "cells"),
    [("vi", ["2023", "30/06/2023", "06:05 01/07/2023"]), ("en", ["2023", "30 Jun 2023", "06:05 1 Jul 2023"])],
)
def test_a_table_writes_days_as_their_reader_does_and_moments_in_vietnams_time(
    language: str, cells: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IOC_LANG", language)
    monkeypatch.setattr("ioc.output.out", Terminal(width=100))
    row = {"year": 2023, "day": date(2023, 6, 30), "loaded_at": datetime(2023, 6, 30, 23, 5, tzinfo=UTC)}
    print_table("", {name: name for name in row}, [row])
    shown = capsys.readouterr().out.splitlines()[-2].split("│")
    assert [cell.strip() for cell in shown if cell.strip()] == cells


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (psycopg.errors.ReadOnlySqlTransaction("x"), "The database refuses the work: it takes no changes"),
        (psycopg.errors.AdminShutdown("x"), "The database does not answer now: an administrator ended the session"),
        (psycopg.errors.IdleInTransactionSessionTimeout("x"), "idle_in_transaction_session_timeout"),
        (psycopg.errors.DiskFull("x"), "its disk is full"),
        (psycopg.OperationalError("x"), "The connection to the database is lost"),
        (DBAPIError("select 1", {}, psycopg.errors.DeadlockDetected("x")), "two sessions waited for each other"),
        (RuntimeError("x"), "Unexpected error: RuntimeError"),
    ],
)
def test_an_error_of_the_database_is_told_by_its_class(
    error: Exception, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(**_: object) -> None:
        raise error

    monkeypatch.setattr(main, "app", fails)
    code, said = told(["kpi", "list"], "en", monkeypatch, capsys)
    assert code == 1
    assert words in said
    assert ("Unexpected" in said) == isinstance(error, RuntimeError)
