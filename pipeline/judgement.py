"""The verdict on a batch: what the rules said of its rows and of the whole, kept as evidence."""

import pandas as pd

from connectors.specification import find_source
from expectations import profile, rules, suite, verdict
from expectations.verdict import Verdict
from pipeline.intake import Intake
from warehouse import quality


def judge(intake: Intake) -> Verdict:
    """Runs the rules about the whole batch, too, and keeps every result and the verdict."""
    claim, batch = intake.claim, intake.batch
    lateness = find_source(claim.source, claim.settings.sources).lateness.total_seconds() / 3600
    home = {"province_id": claim.province_id, "area_code": claim.settings.area}
    batch_rules = rules.batch_rules(intake.feed, intake.staging, lateness)
    figures: dict[str, float | None] = {
        **profile.refuse_rows(claim.main, intake.staging, batch_rules, home),
        **profile.measure(claim.main, batch, intake.staging, intake.feed, intake.seen),
    }
    frame = pd.DataFrame([figures]).astype(float)
    results = suite.judge(f"{intake.staging.name}_batch", batch_rules, frame)
    for result in results:
        figure = figures.get(result.rule.rule_id)
        result.observed = "—" if figure is None else f"{figure:g}"
        if result.rule.rows is not None and figure is not None:
            result.failed, result.evaluated = int(figure), intake.seen.fetched
    results = intake.tally.results() + results
    decided = verdict.decide([*intake.row_rules, *batch_rules], results)
    quality.record_results(
        claim.main,
        batch,
        [
            quality.RuleRow(
                r.rule.rule_id,
                r.rule.severity,
                r.rule.expectation,
                r.executed,
                r.passed,
                r.evaluated,
                r.failed,
                r.error or r.observed,
                r.rule.description.vi,
                r.rule.description.en,
            )
            for r in results
        ],
    )
    quality.record_verdict(
        claim.main,
        batch,
        passed=decided.passed,
        declared=decided.declared_rules,
        executed=decided.executed_rules,
        reasons=[reason.en for reason in decided.reasons],
    )
    claim.main.commit()
    return decided
