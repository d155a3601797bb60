"""A plan: what changed definitions, sources, reference data and targets would do to published figures.

`kpis.planner` makes plans and applies them. See docs/decisions/0033.
"""

import hashlib
import hmac
import importlib.metadata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import rfc8785
from pydantic import BaseModel, field_validator

from hub.errors import Abort
from hub.periods import Period
from hub.translation import Wording, msg
from kpis.inputs import InputChange
from kpis.revisions import Difference
from warehouse.approved_inputs import Inputs


class Move(NamedTuple):
    """A published figure that would be another one, and what is behind it."""

    province: str
    kpi: str
    area: str
    found: Difference
    causes: tuple[InputChange, ...]
    """The changes that can explain it by area and year; where none does, all on which the KPI can depend."""

    @property
    def period(self) -> Period:
        return Period(self.found.first, self.found.last)

    @property
    def is_of_time(self) -> bool:
        """Whether only time has passed: the figure became official, and no change can be about deliveries."""
        one = self.found
        is_same = (one.before, one.version_before) == (one.after, one.version)
        became_official = (one.status_before, one.status) == ("provisional", "official")
        return is_same and became_official and not any(cause.is_of_deliveries for cause in self.causes)


class TargetMove(NamedTuple):
    """A published figure of a whole province whose target would be another one."""

    province: str
    kpi: str
    breakdown: str
    period: Period
    value: Decimal | None
    """Of the figure, after the change."""
    before: Decimal | None
    after: Decimal | None
    """The target."""
    attained_before: Decimal | None
    """Percent of the target; 100 and more is reached."""
    attained: Decimal | None


class PlannedFigures(NamedTuple):
    """What a plan holds of one KPI's figures."""

    observations: int
    """Key of the newest observation when the plan was made."""
    moves: int
    """How many figures would be others."""
    hmac: str
    """Of the moves, under the installation's key. Without a key, small cells could be guessed from the hash."""


@dataclass(frozen=True)
class ChangePlan:
    """Which figures would be others, and by which changes, if `inputs` replaced the `approved` ones."""

    made_at: datetime
    made_by: str
    now: datetime
    """The moment for which it was judged which figures are final."""
    inputs: Inputs
    approved: Inputs
    changes: Sequence[InputChange]
    moves: Sequence[Move]
    target_moves: Sequence[TargetMove]
    figures: Mapping[str, PlannedFigures]
    """By province and KPI, such as `H37/phone_density`, of those that were computed."""

    @property
    def moves_nothing(self) -> bool:
        return not self.moves and not self.target_moves

    @property
    def document(self) -> dict[str, Any]:
        """The plan's file, which is approved and applied: the changes, hashes and counts, no figure."""
        body: dict[str, Any] = {
            "hub": importlib.metadata.version("ioc-data-hub"),
            "made_at": self.made_at.isoformat(),
            "made_by": self.made_by,
            "now": self.now.isoformat(),
            "inputs": {name: digest(dict(one)) for name, one in sorted(self.inputs.items())},
            "approved": {name: digest(dict(one)) for name, one in sorted(self.approved.items())},
            "changes": [
                {"file": one.file, "key": one.key, "before": one.before, "after": one.after} for one in self.changes
            ],
            "figures": {name: one._asdict() for name, one in sorted(self.figures.items())},
            "targets": len(self.target_moves),
        }
        return body | {"sha256": digest(body)}

    def summary(self) -> list[tuple[str, str, int, int]]:
        """Province, KPI, figures that would move, and of these whole provinces'."""
        moved = Counter((one.province, one.kpi) for one in self.moves)
        wholes = Counter((one.province, one.kpi) for one in self.moves if one.found.is_whole)
        return [(province, kpi, count, wholes[province, kpi]) for (province, kpi), count in sorted(moved.items())]


class _Document(BaseModel):
    """What applying a plan reads of its document."""

    made_at: str
    made_by: str
    now: str
    inputs: dict[str, str]
    approved: dict[str, str]
    figures: dict[str, PlannedFigures]
    sha256: str

    @field_validator("now")
    @classmethod
    def _is_moment(cls, text: str) -> str:
        if datetime.fromisoformat(text).tzinfo is None:
            raise ValueError
        return text


def digest(value: Any) -> str:
    """The hash of a JSON value in canonical form (RFC 8785)."""
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def check_document(document: Mapping[str, Any]) -> None:
    """Raises Abort for what is no plan, or was changed since it was made."""
    try:
        _Document.model_validate(document)
        own = digest({name: value for name, value in document.items() if name != "sha256"})
    except (TypeError, ValueError):
        raise Abort(msg("This is no plan; make one with `ioc plan show --out FILE`")) from None
    if own != document["sha256"]:
        raise Abort(msg("The plan was changed after it was made; make a new one with `ioc plan show --out FILE`"))
    release = importlib.metadata.version("ioc-data-hub")
    if document.get("hub") != release:
        raise stale(msg("the hub is version {release} now", release=release))


def stale(what: Wording) -> Abort:
    """The refusal of a plan since which something has changed."""
    return Abort(
        msg(
            "Not applied, nothing is changed: since the plan was made {what}. Make a new one with `ioc plan show`",
            what=what,
        )
    )


def planned(observations: int, moves: Sequence[Move], key: str) -> PlannedFigures:
    """What a plan holds of a KPI's moves. Their causes are not part of the hash."""
    text = rfc8785.dumps([[_text(value) for value in move.found] for move in moves])
    return PlannedFigures(observations, len(moves), hmac.new(key.encode(), text, "sha256").hexdigest())


def _text(value: object) -> str | int | bool | None:
    """A value as canonical JSON can hold it: numbers as their digits, days as text."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value) if isinstance(value, date) else value  # type: ignore[return-value]
