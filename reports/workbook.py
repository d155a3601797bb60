"""A reconciliation as a workbook that people pass around: figures, findings, and where it all comes from."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hub.errors import Abort
from hub.periods import VIETNAM
from hub.sheets import Cell, Sheet, Value, write_workbook
from hub.translation import msg
from reports.comparison import Comparison, Reconciliation, Verdict
from reports.texts import KINDS, VERDICTS

Say = Callable[..., str]
_COLOURS: dict[Verdict, str] = {
    "equal": "C6EFCE",
    **dict.fromkeys(("rounded", "within"), "E2F0D9"),
    "differs": "FFC7CE",
    "not_computable": "D9D9D9",
}
_DOUBT = "FFEB9C"


@dataclass(frozen=True)
class About:
    """Which file was reconciled, for whom and when."""

    file: str
    sha256: str
    province: str
    made_at: datetime

    @classmethod
    def of(cls, path: Path, province: str) -> "About":
        """Of a file as it is now. Raises Abort when it cannot be read."""
        try:
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise Abort(msg("{path} cannot be read: {strerror}.", path=path, strerror=error.strerror)) from None
        return cls(path.name, sha256, province, datetime.now(VIETNAM))


def workbook(reconciliation: Reconciliation, about: About, say: Say) -> bytes:
    """Three sheets in the language of `say`."""
    return write_workbook(
        [_figures(reconciliation, say), _findings(reconciliation, say), _about(reconciliation, about, say)]
    )


def _figures(reconciliation: Reconciliation, say: Say) -> Sheet:
    header = [
        say("Line"),
        say("KPI"),
        say("Measure"),
        say("Breakdown"),
        say("From"),
        say("To"),
        say("Published"),
        say("Computed"),
        say("Difference"),
        say("Difference %"),
        say("Unit"),
        say("Verdict"),
        say("Contradicted by"),
        say("Reason"),
        say("Data as of"),
        say("Base from"),
        say("Base to"),
        say("Over"),
    ]
    numbers = [
        ", ".join(str(n) for n, finding in enumerate(reconciliation.findings, 1) if index in finding.in_doubt)
        for index in range(len(reconciliation.comparisons))
    ]
    rows = [_figure(one, doubt, say) for one, doubt in zip(reconciliation.comparisons, numbers, strict=True)]
    return Sheet(say("Figures"), header, rows)


def _figure(comparison: Comparison, findings: str, say: Say) -> list[Value | Cell]:
    said, reason, decimals = comparison.published, comparison.reason, comparison.published.decimals
    return [
        said.line,
        said.kpi,
        said.measure,
        said.breakdown,
        said.first,
        said.last,
        Cell(said.value, _format(decimals)),
        Cell(comparison.computed, _format(decimals + 2)),
        Cell(comparison.difference, _format(decimals + 2)),
        Cell(comparison.difference_pct, _format(2)),
        said.unit,
        Cell(say(VERDICTS[comparison.verdict]), colour=_COLOURS[comparison.verdict]),
        Cell(findings, colour=_DOUBT if findings else None),
        say(reason) if reason else None,
        comparison.data_as_of,
        *(said.base or (None, None)),
        say("target of the year") if said.over_target else None,
    ]


def _format(digits: int) -> str:
    return "#,##0" + (f".{'0' * digits}" if digits else "")


def _findings(reconciliation: Reconciliation, say: Say) -> Sheet:
    header = [
        say("No."),
        say("Kind"),
        say("KPI"),
        say("Measure"),
        say("Breakdown"),
        say("Arithmetic"),
        say("Lines"),
        say("Lines in doubt"),
    ]
    figures = [comparison.published for comparison in reconciliation.comparisons]
    rows: list[list[Value]] = []
    for number, finding in enumerate(reconciliation.findings, 1):
        published = figures[finding.derived[0]]
        lines = [", ".join(str(figures[i].line) for i in each) for each in (finding.figures, finding.in_doubt)]
        arithmetic = say(finding.arithmetic)
        kind = say(KINDS[finding.kind])
        rows.append([number, kind, published.kpi, published.measure, published.breakdown, arithmetic, *lines])
    return Sheet(say("Findings"), header, rows)


def _about(reconciliation: Reconciliation, about: About, say: Say) -> Sheet:
    loaded = max((c.loaded_at for c in reconciliation.comparisons if c.loaded_at), default=None)
    as_of = max((c.data_as_of for c in reconciliation.comparisons if c.data_as_of), default=None)
    verdicts: list[list[Value]] = [[say(text), reconciliation.counts[verdict]] for verdict, text in VERDICTS.items()]
    return Sheet(
        say("About"),
        [say("Item"), say("Value")],
        [
            [say("File"), about.file],
            ["SHA-256", about.sha256],
            [say("Province"), about.province],
            [say("Reconciled at"), about.made_at.isoformat(timespec="seconds")],
            [say("The hub's data as of"), as_of],
            [
                say("Last loaded at"),
                loaded.astimezone(VIETNAM).isoformat(timespec="seconds") if loaded else None,
            ],
            *verdicts,
            [say("Contradictions in the report"), len(reconciliation.contradictions)],
            [say("Figures in doubt"), len(reconciliation.in_doubt)],
            [say("Remarks"), len(reconciliation.remarks)],
        ],
    )
