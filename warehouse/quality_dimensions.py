"""Which dimension of quality each rule is about, in one place: the kinds of `expectations.rules`."""

from typing import Literal, get_args

Dimension = Literal["completeness", "validity", "uniqueness", "timeliness", "consistency"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
"""completeness: what should be there has come; validity: values have their type and form; uniqueness: nothing comes
twice; timeliness: it is recent enough; consistency: records agree with each other, with the reference data and with
what is usual."""

VALUES = "values_before"
"""The rule about values that are unlike those before, and may be true all the same: an auditor can say so."""
OF_COLUMN: dict[str, Dimension] = {
    "required": "completeness",
    "codes": "validity",
    "range": "validity",
    "pattern": "validity",
    "known": "consistency",
}
"""By what stands after the column's name, `area_code:known`; `:not_before_…` is consistency."""
OF_RULE: dict[str, Dimension] = {
    **dict.fromkeys(("keys:unique", "days:apart", "totals:apart", "deliverers:apart"), "uniqueness"),
    "age_hours": "timeliness",
    **dict.fromkeys(("missing_records", "cut_off", "total_row", "fetched", "kept_share", "shifted"), "completeness"),
    **dict.fromkeys(("null_share", "unusual_null_share", "vanished_fields"), "completeness"),
    **dict.fromkeys(("types", "left_out", "lengths", "clock", "indicator", "unknown_fields"), "validity"),
    **dict.fromkeys(("rejected_share", "rejected_share_official"), "validity"),
    **dict.fromkeys(("left_out_share", "left_out_share_official"), "validity"),
    **dict.fromkeys(("other_province", "ended_areas", "other_period", "share_of_usual"), "consistency"),
    VALUES: "consistency",
    **dict.fromkeys(("unknown_share", "common_value_share", "day_share"), "consistency"),
}
DRIFT = (
    *("vanished_fields", "null_share", "unusual_null_share"),
    *("unknown_share", "common_value_share", "day_share", "share_of_usual"),
    VALUES,
)
"""Rules that compare a batch with those before it."""


def dimension_of(rule: str) -> Dimension:
    """The dimension of a rule by its name. One that is not known (of an earlier version) is taken for consistency."""
    if rule in OF_RULE:
        return OF_RULE[rule]
    return OF_COLUMN.get(rule.rpartition(":")[2], "consistency")
