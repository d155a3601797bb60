"""What people read of verdicts and findings, Vietnamese and English."""

from hub.translation import msg

VERDICTS = {
    "equal": msg("equal"),
    "rounded": msg("equal after rounding"),
    "within": msg("within its bound"),
    "differs": msg("differs"),
    "not_computable": msg("not computable"),
}
KINDS = {
    "sum": msg("sum of parts"),
    "uncovered": msg("parts that do not cover the whole"),
    "average": msg("rate outside those of its parts"),
    "quotient": msg("quotient"),
    "growth": msg("growth"),
    "ratio": msg("ratio called growth"),
    "points": msg("percent and percentage points"),
    "cut": msg("cut instead of rounded"),
    "difference": msg("difference"),
    "part": msg("part larger than its whole"),
    "twice": msg("one figure, two values"),
    "period": msg("later than the report"),
    "unit": msg("thousand, million or billion"),
    "swapped": msg("values of two lines swapped"),
}
