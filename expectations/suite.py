"""Runs rules as Great Expectations suites. The only place where that library is imported."""

import gc
import os
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import pandas as pd

from expectations.rules import Rule

os.environ["GX_ANALYTICS_ENABLED"] = "false"
_ONE_AT_A_TIME = threading.Lock()
"""The library keeps the data of its last batch where the next one looks for them: of two threads that judge at once,
one could be told of the other's rows."""
_CONFIGURATIONS: dict[int, tuple[Any, Any]] = {}
"""The expectations of the frame that is being judged and the configuration of each, by the expectation's identity."""


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


def judge(name: str, rules: Sequence[Rule], frame: pd.DataFrame) -> list[RuleResult]:
    """Each rule's word on the frame, in the rules' order. Never raises for a rule: a rule that could not run says
    so in its result. Rules that do not hold are asked again, for their rows."""
    try:
        with _ONE_AT_A_TIME:
            outcomes = _validate(name, rules, frame, "BOOLEAN_ONLY")
            broken = [rule for rule in rules if rule.rule_id in outcomes and not outcomes[rule.rule_id].success]
            if broken:
                outcomes |= _validate(name, broken, frame, "COMPLETE")
    except Exception as error:  # then nothing was judged; its text may quote data
        return [RuleResult(rule, error=type(error).__name__) for rule in rules]
    return [_result(rule, outcomes.get(rule.rule_id), len(frame)) for rule in rules]


def _validate(name: str, rules: Sequence[Rule], frame: pd.DataFrame, detail: str) -> dict[str, Any]:
    """What Great Expectations says of each rule, by its id."""
    gx = library()
    frame = _without_zones(frame)
    suite = gx.ExpectationSuite(name=name, expectations=[_expectation(gx, rule) for rule in rules])
    batch = _definition().get_batch(batch_parameters={"dataframe": frame})
    try:
        outcome = batch.validate(suite, result_format={"result_format": detail, "include_unexpected_rows": False})
    finally:
        _CONFIGURATIONS.clear()
    return {result.expectation_config.meta["rule_id"]: result for result in outcome.results}


def _without_zones(frame: pd.DataFrame) -> pd.DataFrame:
    """Moments as UTC without saying so: the library compares pairs of them in a way that drops the zone, of which
    pandas warns in every task's log. Which one is earlier stays the same."""
    moments = frame.select_dtypes("datetimetz")
    return frame.assign(**{str(name): moment.dt.tz_convert(None) for name, moment in moments.items()})


def _expectation(gx: Any, rule: Rule) -> Any:
    return getattr(gx.expectations, rule.expectation)(**rule.options, meta={"rule_id": rule.rule_id})


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
    _read_configuration_once(import_module("great_expectations.expectations.expectation").Expectation)
    engine: Any = import_module("great_expectations.execution_engine.pandas_execution_engine")
    engine.hash_pandas_dataframe = lambda _frame: ""  # a fingerprint of all values of each frame, which nobody reads
    gc.collect()
    gc.freeze()
    return found


def _read_configuration_once(expectation: Any) -> None:
    """An expectation, which nothing changes once it is made, writes its configuration anew each time it is asked for
    it, and asks for it for each of its arguments: half of the time of a small frame. Each is written once instead, and
    the same arguments are read of it."""
    write = expectation.configuration.fget

    def configuration(self: Any) -> Any:
        if id(self) not in _CONFIGURATIONS:
            _CONFIGURATIONS[id(self)] = self, write(self)
        return _CONFIGURATIONS[id(self)][1]

    def domain(self: Any) -> dict[str, Any]:
        given = self.configuration.kwargs
        return {key: given.get(key, self._get_default_value(key)) for key in self.domain_keys}

    def success(self: Any) -> dict[str, Any]:
        given = self.configuration.kwargs
        own = {key: given.get(key, self._get_default_value(key)) for key in self.success_keys}
        return {**own, **self._get_domain_kwargs()}

    expectation.configuration = property(configuration)
    expectation._get_domain_kwargs, expectation._get_success_kwargs = domain, success


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


def _result(rule: Rule, outcome: Any, rows: int) -> RuleResult:
    if outcome is None:
        return RuleResult(rule, error="the rule did not run")
    error = _raised(outcome.exception_info)
    if error is not None:
        return RuleResult(rule, error=error)
    found = outcome.result
    broken = [int(row) for row in found.get("unexpected_index_list") or []]
    failed = int(found.get("unexpected_count", 0))
    if not outcome.success and failed == 0:
        return RuleResult(rule, error="the rule failed without naming a row")
    columns = [str(names) for names in found.get("unexpected_list") or []] if rule.names_columns else []
    evaluated = int(found.get("element_count", rows))
    return RuleResult(rule, evaluated=evaluated, failed=failed, executed=True, rows=broken, columns=columns)


def _raised(info: Any) -> str | None:
    """The first line of an exception that an evaluator raised. Its text may quote data, so only its class and the
    library's own words before a colon are kept."""
    entries: Iterable[Any] = [info] if "raised_exception" in (info or {}) else (info or {}).values()
    for entry in entries:
        if entry.get("raised_exception"):
            return str(entry.get("exception_message") or "exception").split(":", 1)[0][:200]
    return None
