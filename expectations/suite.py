"""Runs rules as Great Expectations suites. The only place where that library is imported."""

import gc
import json
import os
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from expectations.rules import Rule

os.environ["GX_ANALYTICS_ENABLED"] = "false"
FEW = 2_000
"""Rows up to which what several rules ask is asked once, of all their columns one below the other; of 20,000 that would
take half of the time and 50 MB more."""
_VALUE_BY_VALUE = frozenset(
    {
        "ExpectColumnValuesToBeNull",
        "ExpectColumnValuesToNotBeNull",
        "ExpectColumnValuesToBeInSet",
        "ExpectColumnValuesToBeBetween",
        "ExpectColumnValuesToMatchRegex",
        "ExpectColumnPairValuesAToBeGreaterThanB",
    }
)
"""Expectations that look at each value, or pair of values, by itself."""
_ONE_AT_A_TIME = threading.Lock()
"""The library keeps the data of its last batch where the next one looks for them: of two threads that judge at once,
one could be told of the other's rows."""
_CONFIGURATIONS: dict[int, tuple[Any, Any]] = {}
"""The expectations of the frame that is being judged and the configuration of each, by the identity of either."""


@dataclass
class RuleResult:
    """What a rule said: rows looked at, rows that broke it, or the exception that kept it from running."""

    rule: Rule
    evaluated: int = 0
    failed: int = 0
    executed: bool = False
    observed: str | None = None
    error: str | None = None
    rows: list[int] = field(default_factory=list)
    """Index values of the rows that broke it."""
    columns: list[str] = field(default_factory=list)
    """By row, what a rule found that names columns."""
    measured: bool = True
    """False where the figure that it looks at could not be measured: then it neither held nor was broken."""

    @property
    def passed(self) -> bool:
        return self.executed and self.failed == 0


@dataclass(frozen=True)
class _Question:
    """Rules that ask the same, each of columns of its own; `options` name the columns of the frame in which these are
    one below the other."""

    rules: Sequence[Rule]
    options: Mapping[str, Any]


def judge(name: str, rules: Sequence[Rule], frame: pd.DataFrame) -> list[RuleResult]:
    """Each rule's word on the frame, in the rules' order. Never raises for a rule: a rule that could not run says
    so in its result. Rules that do not hold are asked again, for their rows."""
    try:
        with _ONE_AT_A_TIME:
            questions, asked = _questions(rules, _without_zones(frame))
            outcomes = _validate(name, questions, asked, "BOOLEAN_ONLY")
            broken = {number: questions[number] for number, outcome in outcomes.items() if not outcome.success}
            if broken:
                outcomes |= _validate(name, broken, asked, "COMPLETE")
    except Exception as error:  # then nothing was judged; its text may quote data
        return [RuleResult(rule, error=type(error).__name__) for rule in rules]
    found = [r for number, own in questions.items() for r in _results(own, outcomes.get(number), frame.index)]
    for result in found:
        if result.rule.names_columns and result.rows:  # the library names the first 200
            result.columns = frame.loc[result.rows, result.rule.columns["column"]].astype(str).tolist()
    said = {result.rule.rule_id: result for result in found}
    return [said[rule.rule_id] for rule in rules]


def _questions(rules: Sequence[Rule], frame: pd.DataFrame) -> tuple[dict[int, _Question], pd.DataFrame]:
    """What is asked, by number, and of which frame, whose index are places. A question costs more than a look at a few
    rows: of a small frame, what several rules ask is asked once. A frame is as long as its longest column; shorter ones
    begin again there."""
    if len(frame) > FEW:
        return {n: _Question([rule], rule.options) for n, rule in enumerate(rules)}, frame.reset_index(drop=True)
    types = {str(name): dtype for name, dtype in frame.dtypes.items()}
    values = {name: frame[name].to_numpy() for name in types}
    alike: dict[object, list[Rule]] = {}
    for rule in rules:
        asked = {**rule.options, **{option: types.get(name) for option, name in rule.columns.items()}}
        alone = None if rule.expectation in _VALUE_BY_VALUE else rule.rule_id
        alike.setdefault((rule.expectation, repr(asked), alone), []).append(rule)
    longest = max(map(len, alike.values()), default=0)
    questions, columns = {}, {}
    for number, own in enumerate(alike.values()):
        named = {option: f"{name} {number}" for option, name in own[0].columns.items()}
        questions[number] = _Question(own, {**own[0].options, **named})
        for option, name in own[0].columns.items():
            if name in types:
                below = np.concatenate([values[rule.columns[option]] for rule in own])
                columns[named[option]] = pd.array(np.resize(below, longest * len(frame)), dtype=types[name])
    return questions, pd.DataFrame(columns)


def _validate(name: str, questions: Mapping[int, _Question], frame: pd.DataFrame, detail: str) -> dict[int, Any]:
    """What Great Expectations says of each question, by its number."""
    gx = library()
    expectations = [
        getattr(gx.expectations, question.rules[0].expectation)(**question.options, meta={"number": number})
        for number, question in questions.items()
    ]
    batch = _definition().get_batch(batch_parameters={"dataframe": frame})
    try:
        suite = gx.ExpectationSuite(name=name, expectations=expectations)
        outcome = batch.validate(suite, result_format={"result_format": detail, "include_unexpected_rows": False})
    finally:
        _CONFIGURATIONS.clear()
    return {result.expectation_config.meta["number"]: result for result in outcome.results}


def _without_zones(frame: pd.DataFrame) -> pd.DataFrame:
    """Moments as UTC without saying so: the library compares pairs of them in a way that drops the zone, of which
    pandas warns in every task's log. Which one is earlier stays the same."""
    moments = frame.select_dtypes("datetimetz")
    return frame.assign(**{str(name): moment.dt.tz_convert(None) for name, moment in moments.items()})


@cache
def library() -> Any:
    """Great Expectations, imported when first needed, for it takes seconds. It imports large libraries for expectations
    that no rule uses; these are left until one does, which saves 80 MB and half of the time.

    What is in memory then stays, so the garbage collector need not look through it again and again: a tenth of the
    processor time of a large load, and pages that forked processes go on sharing."""
    for name in ("altair", "scipy.stats"):
        if name not in sys.modules:
            sys.modules[name] = _later(name)
    found = import_module("great_expectations")
    _read_configuration_once(
        import_module("great_expectations.expectations.expectation").Expectation,
        import_module("great_expectations.expectations.expectation_configuration").ExpectationConfiguration,
    )
    _tell_apart_by_json(import_module("great_expectations.core.id_dict").IDDict)
    engine: Any = import_module("great_expectations.execution_engine.pandas_execution_engine")
    engine.hash_pandas_dataframe = lambda _frame: ""  # a fingerprint of all values of each frame, which nobody reads
    gc.collect()
    gc.freeze()
    return found


def _read_configuration_once(expectation: Any, written: Any) -> None:
    """An expectation, which nothing changes once it is made, writes its configuration anew each time it is asked for
    it, asks for it for each of its arguments, and is made anew of it for each metric: half of the time of a small
    frame. Each is written once instead, the same arguments are read of it, and what was written stands for who wrote
    it."""
    write, read = expectation.configuration.fget, written.to_domain_obj

    def configuration(self: Any) -> Any:
        if id(self) not in _CONFIGURATIONS:
            own = write(self)
            _CONFIGURATIONS[id(self)] = _CONFIGURATIONS[id(own)] = self, own
        return _CONFIGURATIONS[id(self)][1]

    def domain(self: Any) -> dict[str, Any]:
        given = self.configuration.kwargs
        return {key: given.get(key, self._get_default_value(key)) for key in self.domain_keys}

    def success(self: Any) -> dict[str, Any]:
        given = self.configuration.kwargs
        own = {key: given.get(key, self._get_default_value(key)) for key in self.success_keys}
        return {**own, **self._get_domain_kwargs()}

    def writer(self: Any) -> Any:
        return _CONFIGURATIONS[id(self)][0] if id(self) in _CONFIGURATIONS else read(self)

    expectation.configuration, written.to_domain_obj = property(configuration), writer
    expectation._get_domain_kwargs, expectation._get_success_kwargs = domain, success


def _tell_apart_by_json(arguments: Any) -> None:
    """Metrics are told apart by their arguments, which are turned to JSON value by value first, and hashed: a sixth of
    the time of a small frame. JSON alone tells as much."""
    identify = arguments.to_id

    def to_id(self: Any, id_keys: Any = None, id_ignore_keys: Any = None) -> Any:
        if not self or id_keys is not None or id_ignore_keys is not None or self._id_ignore_keys:
            return identify(self, id_keys, id_ignore_keys)
        return json.dumps(self, sort_keys=True, default=repr)

    arguments.to_id = to_id


def _later(name: str) -> ModuleType:
    """A stand-in that imports the module when something of it is asked for."""
    stand_in = ModuleType(name)

    def load(attribute: str) -> Any:
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        return getattr(import_module(name), attribute)

    stand_in.__getattr__ = load  # type: ignore[method-assign]
    return stand_in


@cache
def _definition() -> Any:
    context = library().get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return (
        context.data_sources.add_pandas("records")
        .add_dataframe_asset("chunk")
        .add_batch_definition_whole_dataframe("whole")
    )


def _results(question: _Question, outcome: Any, index: pd.Index) -> list[RuleResult]:
    """What its answer means for each rule, over the index of the judged rows."""
    if outcome is None:
        return [RuleResult(rule, error="the rule did not run") for rule in question.rules]
    error = _raised(outcome.exception_info)
    places = [int(place) for place in outcome.result.get("unexpected_index_list") or []]
    if error is None and not outcome.success and not places:
        error = "the rule failed without naming a row"
    if error is not None:
        return [RuleResult(rule, error=error) for rule in question.rules]
    results = [RuleResult(rule, evaluated=len(index), executed=True) for rule in question.rules]
    for place in places:
        number, row = divmod(place, len(index))
        if number < len(results):  # else a column that was shorter had begun again
            results[number].failed += 1
            results[number].rows.append(int(index[row]))
    return results


def _raised(info: Any) -> str | None:
    """The first line of an exception that an evaluator raised. Its text may quote data, so only its class and the
    library's own words before a colon are kept."""
    entries: Iterable[Any] = [info] if "raised_exception" in (info or {}) else (info or {}).values()
    for entry in entries:
        if entry.get("raised_exception"):
            return str(entry.get("exception_message") or "exception").split(":", 1)[0][:200]
    return None
