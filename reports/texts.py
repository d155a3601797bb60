"""What people read of verdicts and findings, Vietnamese and English."""

from hub.translation import msg

VERDICTS = {
    "equal": msg("equal"),
    "rounded": msg("equal after rounding"),
    "differs": msg("differs"),
    "not_computable": msg("not computable"),
}
KINDS = {
    "sum": msg("sum of parts"),
    "quotient": msg("quotient"),
    "growth": msg("growth"),
    "difference": msg("difference of totals"),
    "part": msg("part larger than its whole"),
    "twice": msg("one figure, two values"),
}
