"""From what rules said to whether a batch may be published."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from expectations.rules import Rule
from expectations.suite import RuleResult
from hub.translation import Wording, msg


@dataclass
class Tally:
    """Adds up what the row rules said of each chunk, without keeping rows."""

    rules: Sequence[Rule]
    _totals: dict[str, RuleResult] = field(default_factory=dict)

    def add(self, results: Sequence[RuleResult]) -> list[tuple[int, str]]:
        """Takes a chunk's results in and gives the rejections that they mean: (row, rule)."""
        rejections = []
        for result in results:
            rule = result.rule
            total = self._totals.setdefault(rule.rule_id, RuleResult(rule, executed=True))
            total.evaluated += result.evaluated
            total.failed += result.failed
            total.executed = total.executed and result.executed
            total.error = total.error or result.error
            if rule.severity == "reject":
                rejections += [(row, rule.rule_id) for row in result.rows]
        return rejections

    def results(self) -> list[RuleResult]:
        """One result a rule. Without a chunk there was nothing to judge, which every row rule passes."""
        return [self._totals.get(rule.rule_id, RuleResult(rule, executed=True)) for rule in self.rules]


@dataclass(frozen=True)
class Verdict:
    """Whether a batch may be published. `reasons` are those against it, `broken` all rules that did not hold, those
    that only refuse records or warn included: each in one line."""

    declared_rules: int
    executed_rules: int
    reasons: list[Wording]
    broken: list[Wording]

    @property
    def passed(self) -> bool:
        return not self.reasons


def decide(rules: Sequence[Rule], results: Sequence[RuleResult]) -> Verdict:
    """A batch passes when every declared rule ran and none that blocks was broken. Rejected rows do not block by
    themselves; too many of them break a blocking rule of their own."""
    given = {result.rule.rule_id: result for result in results}
    told = [given.get(rule.rule_id, RuleResult(rule, error="no result")) for rule in rules]
    against = [r for r in told if not r.executed or (r.rule.severity == "block" and not r.passed)]
    others = [result for result in told if not result.passed and result not in against]
    reasons = [_line(result) for result in against]
    executed = sum(result.executed for result in told)
    return Verdict(len(rules), executed, reasons, [*reasons, *map(_line, others)])


def _line(result: RuleResult) -> Wording:
    rule = result.rule
    if not result.executed:
        why = result.error or "no result"
        return msg("{rule_id} did not run ({why})", rule_id=rule.rule_id, why=why)
    found = result.observed or msg("{failed} rows", failed=result.failed)
    return msg("{rule}: {found} ({description})", rule=rule.rule_id, found=found, description=rule.description)
