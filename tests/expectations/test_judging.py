"""A rule whose evaluation goes wrong says so, and says nothing of the records."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pandas as pd
import pytest

from connectors.columns import ROW, UNREAD
from expectations import suite
from expectations.rules import Rule, row_rules
from hub.translation import Text
from tests.connectors import specs
from tests.expectations import rows

FEED = specs.feed()
RULES = row_rules(FEED)
REQUIRED = "great_expectations.expectations.ExpectColumnValuesToNotBeNull"


def frame() -> pd.DataFrame:
    chunk = rows.table(FEED, [rows.good(FEED), rows.good(FEED) | {"document_code": None}])
    found: pd.DataFrame = chunk.to_pandas().set_index(ROW).rename_axis(None)
    return found


def test_rules_answer_in_their_own_order() -> None:
    assert [result.rule for result in suite.judge("papers", RULES, frame())] == RULES


def raising(*_: Any, **__: Any) -> None:
    raise RuntimeError("cannot evaluate: 020999123456")


def test_an_evaluator_that_raises_is_no_verdict_and_leaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{REQUIRED}._validate", raising)
    results = {result.rule.rule_id: result for result in suite.judge("papers", RULES, frame())}
    assert {rule for rule, result in results.items() if not result.executed} == {
        rule.rule_id for rule in RULES if rule.rule_id.endswith(":required")
    }
    assert not any(result.passed for result in results.values() if not result.executed)
    assert "020999123456" not in repr(results)


@pytest.mark.parametrize("where", ["__init__", "get_validation_dependencies"])
def test_a_judge_that_cannot_begin_is_no_verdict_on_any_rule(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    monkeypatch.setattr(f"{REQUIRED}.{where}", raising)
    results = suite.judge("papers", RULES, frame())
    assert [(result.rule, result.executed, result.error) for result in results] == [
        (rule, False, "RuntimeError") for rule in RULES
    ]


def test_a_missing_column_is_no_verdict() -> None:
    results = {r.rule.rule_id: r for r in suite.judge("papers", RULES, frame().drop(columns="secret"))}
    assert not results["secret:required"].executed
    assert results["secret:required"].error
    assert results["signed:required"].executed


def test_a_rule_that_fails_without_a_row_is_no_verdict() -> None:
    strange = Rule(
        "strange", "reject", "row", "ExpectColumnMaxToBeBetween", {"column": "n", "max_value": 1}, Text("—", "—")
    )
    (result,) = suite.judge("papers", [strange], pd.DataFrame({"n": [5]}))
    assert (result.executed, result.error) == (False, "the rule failed without naming a row")


def test_a_chunk_in_which_every_row_is_bad_names_every_row() -> None:
    chunk = rows.table(FEED, [{}] * 450, first_row=101).to_pandas().set_index(ROW).rename_axis(None)
    results = {result.rule.rule_id: result for result in suite.judge("papers", RULES, chunk)}
    assert results["document_code:required"].rows == list(range(101, 551))
    assert results["document_code:required"].failed == 450


@pytest.mark.parametrize("few", [0, 10_000])
def test_what_each_bad_row_names_is_told_however_many_there_are(monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    """The library itself names the first 200."""
    monkeypatch.setattr(suite, "FEW", few)
    told = pd.DataFrame({UNREAD: [None, *(f"a{n}, b" for n in range(450))]}, index=range(100, 551))
    [types] = [rule for rule in RULES if rule.names_columns and rule.columns["column"] == UNREAD]
    [result] = suite.judge("papers", [types], told)
    assert result.rows == list(range(101, 551))
    assert result.columns == [f"a{n}, b" for n in range(450)]


def test_rules_say_the_same_of_a_frame_whether_they_are_asked_together_or_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chunk = rows.table(FEED, [rows.good(FEED), {}, rows.good(FEED) | {"document_code": None}, rows.good(FEED)], 7)
    few = chunk.to_pandas().set_index(ROW).rename_axis(None)
    together = suite.judge("papers", RULES, few)
    monkeypatch.setattr(suite, "FEW", 0)
    assert together == suite.judge("papers", RULES, few)
    assert {result.rule.rule_id: result.rows for result in together}["document_code:required"] == [8, 9]


def test_what_several_rules_ask_of_a_small_frame_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    suites = suite.library().ExpectationSuite

    def noted(name: str, expectations: list[Any]) -> Any:
        asked.append(len(expectations))
        return suites(name=name, expectations=expectations)

    monkeypatch.setattr("great_expectations.ExpectationSuite", noted)
    texts = pd.DataFrame({name: ["x", None] for name in "abcd"}, index=[3, 4])
    required = [
        Rule(name, "reject", "row", "ExpectColumnValuesToNotBeNull", {"column": name}, Text("—", "—"))
        for name in "abcd"
    ]
    assert [result.rows for result in suite.judge("papers", required, texts)] == [[4]] * 4
    assert asked == [1, 1], "whether they hold, and which rows do not"


def test_each_thread_is_told_of_its_own_rows() -> None:
    """Great Expectations keeps the data of its last batch where the next one looks for them."""

    def broken(place: int) -> list[int]:
        column = f"n{place}"
        rule = Rule("filled", "reject", "row", "ExpectColumnValuesToNotBeNull", {"column": column}, Text("—", "—"))
        (result,) = suite.judge(
            "papers", [rule], pd.DataFrame({column: [1.0, None] * 20}, index=range(place, place + 40))
        )
        assert result.executed, result.error
        return result.rows

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(broken, range(48))) == [list(range(place + 1, place + 40, 2)) for place in range(48)]
