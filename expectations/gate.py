"""The gate: from what rules said to whether a batch may be published."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from expectations.rules import Rule
from expectations.suite import Result
from hub.errors import Text


@dataclass
class Tally:
    """Adds up what the row rules said of each chunk, without keeping rows."""

    rules: Sequence[Rule]
    _totals: dict[str, Result] = field(default_factory=dict)

    def add(self, results: Sequence[Result]) -> list[tuple[int, str]]:
        """Takes a chunk's results in and gives the rejections that they mean: (row, rule)."""
        rejections = []
        for result in results:
            rule = result.rule
            total = self._totals.setdefault(rule.rule_id, Result(rule, executed=True))
            total.evaluated += result.evaluated
            total.failed += result.failed
            total.executed = total.executed and result.executed
            total.error = total.error or result.error
            if rule.severity == "reject":
                rejections += [(row, rule.rule_id) for row in result.rows]
        return rejections

    def results(self) -> list[Result]:
        """One result a rule. Without a chunk there was nothing to judge, which every row rule passes."""
        return [self._totals.get(rule.rule_id, Result(rule, executed=True)) for rule in self.rules]


@dataclass(frozen=True)
class Verdict:
    """The gate's word, with every reason against the batch in one line each."""

    passed: bool
    declared_rules: int
    executed_rules: int
    reasons: list[Text]


def decide(rules: Sequence[Rule], results: Sequence[Result]) -> Verdict:
    """A batch passes when every declared rule ran and none that blocks was broken. Rejected rows do not block by
    themselves; too many of them break a blocking rule of their own."""
    heard = {result.rule.rule_id: result for result in results}
    reasons = []
    executed = 0
    for rule in rules:
        result = heard.get(rule.rule_id)
        if result is None or not result.executed:
            why = result.error if result is not None and result.error else "no result"
            reasons.append(Text(f"{rule.rule_id} không chạy được ({why})", f"{rule.rule_id} did not run ({why})"))
            continue
        executed += 1
        if rule.severity == "block" and not result.passed:
            rows = Text(f"{result.failed} bản ghi", f"{result.failed} rows")
            seen = Text(result.observed, result.observed) if result.observed else rows
            reasons.append(
                Text(
                    f"{rule.rule_id}: {seen.vi} ({rule.description.vi})",
                    f"{rule.rule_id}: {seen.en} ({rule.description.en})",
                )
            )
    return Verdict(not reasons, len(rules), executed, reasons)
