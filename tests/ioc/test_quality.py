"""What the command line says of batches and of what they refused."""

import json
from datetime import date
from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Jsonb
from typer.testing import CliRunner, Result

from ioc import quality
from ioc.output import Terminal
from tests.kpis.facts import Facts


@pytest.fixture(autouse=True)
def batch(warehouse_url: str, owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> int:
    """A batch of three refused records."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IOC_WAREHOUSE_URL", warehouse_url)
    monkeypatch.setenv("IOC_LANG", "en")
    monkeypatch.setattr("ioc.output.out", Terminal(width=200))
    number = Facts(owner).publish("feedback.cases", (date(2023, 6, 1), date(2023, 6, 30)), status="failed")
    owner.execute(
        "update ledger.batch set reason_vi = %(said)s, reason_en = %(said)s where batch_id = %(number)s",
        {"said": "HTTP 404 [e6ee5]", "number": number},
    )
    for row in (1, 2, 3):
        owner.execute(
            "insert into quality.quarantine (batch_id, page_number, row_number, record_key, rules, record)"
            " values (%s, 1, %s, %s, %s::jsonb, '{}')",
            [number, row, f"PA-{row}", '["area_code:known", "types"]'],
        )
    owner.commit()
    return number


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(quality.app, list(arguments))


def test_a_reason_is_shown_with_the_call_in_its_brackets() -> None:
    assert "HTTP 404 [e6ee5]" in _run("runs").stdout


def test_batches_say_when_they_were_done() -> None:
    [row] = json.loads(_run("runs", "--json", "--limit", "1").stdout)
    assert row["finished_at"]
    assert "done at" in _run("runs").stdout


def test_refused_records_name_their_rules_as_people_write_them(batch: int) -> None:
    said = _run("quarantine", "--batch", str(batch))
    assert "area_code:known, types" in said.stdout
    assert said.stderr == ""


def test_refused_records_that_are_not_shown_are_told(batch: int) -> None:
    said = _run("quarantine", "--batch", str(batch), "--limit", "2")
    assert "PA-1" not in said.stdout
    assert "more than 2" in said.stderr


OFFENCES = [
    ("types", "received_at", "31/02/2023"),
    ("types", "received_at", "31/02/2023"),
    ("types", "received_at", "2023"),
    ("types", "answered_at", "\x1b[2Jsoon"),
    ("types", "answered_at", None),
    ("area_code:required", "area_code", ""),
]
"""What each of six records broke: rule, column, value."""


@pytest.fixture
def offending(batch: int, owner: psycopg.Connection) -> int:
    """The batch with six further refused records, whose offences are kept."""
    for row, (rule, column, value) in enumerate(OFFENCES, 4):
        owner.execute(
            "insert into quality.quarantine (batch_id, page_number, row_number, record_key, rules, record, offences)"
            " values (%s, 1, %s, %s, %s, '{}', %s)",
            [
                *(batch, row, f"PA-{row}", Jsonb([rule])),
                Jsonb([{"rule": rule, "column": column, "value": value}]),
            ],
        )
    for rule in ("types", "area_code:required", "keys:unique"):
        owner.execute(
            "insert into quality.rule_result (batch_id, rule_id, severity, expectation, executed, passed, evaluated,"
            " failed, description_vi, description_en) values (%s, %s, 'reject', 'x', true, %s, 9, 1, 'a', 'a')",
            [batch, rule, rule == "keys:unique"],
        )
    owner.commit()
    return batch


def test_refused_records_name_rule_column_and_value(offending: int) -> None:
    said = _run("quarantine", "--batch", str(offending)).stdout
    [line] = [line for line in said.splitlines() if "PA-6" in line]
    assert [cell.strip() for cell in line.split("│")][6:9] == ["types", "received_at", "2023"]
    rows = json.loads(_run("quarantine", "--batch", str(offending), "--json").stdout)
    assert rows[-1]["offences"] is None
    assert [row["offences"][0]["value"] for row in rows[:-3]] == [value for _, _, value in OFFENCES][::-1]


def test_a_record_that_broke_several_rules_has_a_line_for_each(offending: int, owner: psycopg.Connection) -> None:
    offences = [{"rule": rule, "column": "area_code", "value": "05"} for rule in ("types", "area_code:required")]
    owner.execute(
        "update quality.quarantine set offences = %s where record_key = 'PA-1'",
        [Jsonb(offences)],
    )
    owner.commit()
    lines = _run("quarantine", "--batch", str(offending)).stdout.splitlines()
    [first] = [place for place, line in enumerate(lines) if "PA-1" in line]
    assert ("types" in lines[first], "area_code:required" in lines[first + 1]) == (True, True)
    assert "PA-1" not in lines[first + 1]


def test_the_most_frequent_offenders_come_first(offending: int) -> None:
    rows = json.loads(_run("offenders", "--batch", str(offending), "--json").stdout)
    assert [tuple(row.values()) for row in rows] == [
        ("feedback.cases", "types", "received_at", "31/02/2023", 2),
        ("feedback.cases", "area_code:required", "area_code", "", 1),
        ("feedback.cases", "types", "answered_at", "\x1b[2Jsoon", 1),
        ("feedback.cases", "types", "answered_at", None, 1),
        ("feedback.cases", "types", "received_at", "2023", 1),
    ]


def test_a_value_cannot_command_the_terminal(offending: int) -> None:
    for arguments in (("offenders",), ("quarantine",), ("show", str(offending))):
        said = _run(*arguments).stdout
        assert "[2Jsoon" in said
        assert "\x1b" not in said


def test_offenders_are_those_of_a_source_and_of_the_last_days(offending: int, owner: psycopg.Connection) -> None:
    def counted(*arguments: str) -> int:
        rows = json.loads(_run("offenders", "--json", *arguments).stdout)
        return sum(row["count"] for row in rows)

    before = counted("--source", "feedback", "--days", "1")
    owner.execute(
        "update quality.quarantine set quarantined_at = now() - interval '3 days' where batch_id = %s", [offending]
    )
    owner.commit()
    assert before - counted("--source", "feedback", "--days", "1") == len(OFFENCES)
    assert counted("--source", "feedback", "--days", "4") == before
    assert counted("--source", "press") == 0
    assert "press" in _run("offenders", "--source", "nowhere").output


def test_accepted_records_offend_no_longer_but_in_their_own_batch(offending: int, owner: psycopg.Connection) -> None:
    def counted(*arguments: str) -> int:
        return sum(row["count"] for row in json.loads(_run("offenders", "--json", *arguments).stdout))

    before = counted()
    owner.execute("update quality.quarantine set replay_batch_id = batch_id where batch_id = %s", [offending])
    owner.commit()
    assert before - counted() == len(OFFENCES)
    assert counted("--batch", str(offending)) == len(OFFENCES)


def test_a_batchs_broken_rules_name_their_columns_and_most_frequent_values(offending: int) -> None:
    by_rule = {row["rule_id"]: row for row in json.loads(_run("show", str(offending), "--json").stdout)}
    assert by_rule["types"]["columns"] == {"received_at": 3, "answered_at": 2}
    assert by_rule["types"]["offenders"] == [
        {"column": "received_at", "value": "31/02/2023", "count": 2},
        {"column": "answered_at", "value": "\x1b[2Jsoon", "count": 1},
        {"column": "answered_at", "value": None, "count": 1},
    ]
    assert (by_rule["keys:unique"]["columns"], by_rule["keys:unique"]["offenders"]) == ({}, [])
    said = "".join(_run("show", str(offending)).stdout.split())
    assert "31/02/2023×2" in said


@pytest.mark.parametrize(
    "arguments", [("show", "999"), ("quarantine", "--batch", "999"), ("offenders", "--batch", "999")]
)
def test_a_batch_that_there_is_not_is_told(arguments: tuple[str, ...]) -> None:
    said = _run(*arguments)
    assert said.stdout == ""
    assert str(said.exception) == "There is no batch 999; `ioc quality runs` lists them"


@pytest.mark.parametrize(("language", "status"), [("vi", "không xong"), ("en", "failed")])
def test_what_became_of_a_batch_is_told_in_the_asked_language_and_to_machines_by_its_code(
    language: str, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOC_LANG", language)
    assert status in _run("runs").stdout
    assert json.loads(_run("runs", "--json", "--limit", "1").stdout)[0]["status"] == "failed"


@pytest.fixture
def delivered(owner: psycopg.Connection) -> None:
    """Two operators in May, one in June."""
    facts = Facts(owner)
    for month, operators in ((5, {"vnpt": 10, "viettel": 4}), (6, {"vnpt": 11})):
        days = date(2023, month, 1), date(2023, month, 31 if month == 5 else 30)
        facts.deliver(facts.publish("telecom.stations", days), "operator_code", **operators)
    owner.commit()


def test_who_has_delivered_what_is_a_table_of_deliverers_and_periods(delivered: None) -> None:
    lines = _run("deliverers").stdout.splitlines()
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "│" in line]
    assert rows == [["Viettel", "✓", "missing"], ["VNPT", "✓", "✓"]]


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ([], 4),
        (["telecom"], 4),
        (["post"], 0),
        (["--from", "2023-06-01"], 2),
        (["--to", "2023-05-31"], 2),
        (["--from", "2023-05-15", "--to", "2023-06-15"], 4),
    ],
)
def test_deliveries_can_be_asked_of_a_source_and_of_days(delivered: None, asked: list[str], count: int) -> None:
    assert len(json.loads(_run("deliverers", *asked, "--json").stdout)) == count


def test_deliveries_say_for_machines_who_is_missing(delivered: None) -> None:
    rows = json.loads(_run("deliverers", "--json").stdout)
    [missing] = [row for row in rows if row["is_missing"]]
    assert (missing["first_day"], missing["deliverer"], missing["records"]) == ("2023-06-01", "viettel", None)


def test_an_unknown_source_delivers_nothing() -> None:
    answer = _run("deliverers", "telekom")
    assert answer.exit_code == 2
    assert "telecom" in answer.stderr


def test_where_nothing_was_delivered_that_is_said() -> None:
    assert "No feed that several deliver together has been loaded" in _run("deliverers", "post").stderr


def test_a_file_of_one_batchs_refused_records_counts_no_others(
    batch: int, owner: psycopg.Connection, tmp_path: Path
) -> None:
    other = Facts(owner).publish("feedback.cases", (date(2023, 7, 1), date(2023, 7, 31)))
    owner.execute(
        "insert into quality.quarantine (batch_id, page_number, row_number, record_key, rules, record)"
        " values (%s, 1, 1, 'PA-9', '[\"types\"]', '{}')",
        [other],
    )
    owner.commit()
    file = tmp_path / "refused.csv"
    assert _run("quarantine", "--batch", str(batch), "--csv", str(file)).exit_code == 0
    lines = file.read_text("utf-8-sig").splitlines()[1:]
    assert {line.partition(",")[0] for line in lines} == {str(batch)}


def test_a_file_that_ends_at_its_limit_says_so(offending: int, owner: psycopg.Connection, tmp_path: Path) -> None:
    for rule in ("types", "area_code:required"):
        owner.execute(
            "insert into quality.month_total"
            " (province_id, source, feed, month, rule_id, runs, broken, evaluated, failed)"
            " select province_id, source, feed, '2023-06-01', %s, 1, 1, 9, 7 from ledger.batch where batch_id = %s",
            [rule, offending],
        )
    Facts(owner).publish("feedback.cases", (date(2023, 7, 1), date(2023, 7, 31)))
    owner.commit()
    for name in ("runs", "rules"):
        file = tmp_path / f"{name}.csv"
        said = _run(name, "--csv", str(file), "--limit", "1")
        assert len(file.read_text("utf-8-sig").splitlines()) == 2
        assert "more than 1" in said.stderr, name
        assert "more than" not in _run(name, "--csv", str(file), "--limit", "1000").stderr


def test_values_that_are_not_shown_are_told(offending: int) -> None:
    said = _run("offenders", "--batch", str(offending), "--limit", "2")
    assert "more than 2" in said.stderr


FILTERED = ("runs", "rules", "quarantine", "trend", "anomalies", "deliverers")


@pytest.mark.parametrize("name", FILTERED)
def test_days_in_the_wrong_order_are_refused(name: str) -> None:
    said = _run(name, "--from", "2023-06-30", "--to", "2023-06-01")
    assert (said.exit_code, said.stdout) == (2, "")
    assert "reversed" in said.stderr


@pytest.mark.parametrize("name", [name for name in FILTERED if name != "deliverers"])
def test_a_source_that_there_is_not_is_refused(name: str) -> None:
    said = _run(name, "--source", "telekom")
    assert (said.exit_code, said.stdout) == (2, "")
    assert "telecom" in said.stderr


@pytest.mark.parametrize("name", ["runs", "rules", "quarantine", "trend"])
def test_a_feed_that_there_is_not_is_refused(name: str) -> None:
    assert "cases" in _run(name, "--feed", "case").stderr
    said = _run(name, "--source", "feedback", "--feed", "stations")
    assert (said.exit_code, said.stdout) == (2, "")
    assert "cases" in said.stderr
