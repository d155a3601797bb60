"""The SQL of a definition as a tree: what it names, and what follows from its form."""

from functools import cache
from typing import TYPE_CHECKING

from hub.errors import Invalid

if TYPE_CHECKING:
    from sqlglot import exp


@cache
def parse(text: str) -> "exp.Expr":
    """The tree of an expression. Raises Invalid where it is none."""
    import sqlglot  # noqa: PLC0415 - half as long to import as all the rest, and few commands need it
    from sqlglot import exp  # noqa: PLC0415
    from sqlglot.errors import SqlglotError  # noqa: PLC0415

    try:
        return sqlglot.parse_one(text, into=exp.Condition, dialect="postgres")
    except SqlglotError as error:
        [first, *_] = getattr(error, "errors", None) or [{}]
        said = f"{first.get('description', error)}: {first.get('start_context', '')}{first.get('highlight', '')}"
        raise Invalid(f"không phải biểu thức SQL: {said}", f"is no SQL expression: {said}") from None


def columns(text: str) -> list[str]:
    """The columns of the view's row that an expression names."""
    from sqlglot import exp  # noqa: PLC0415

    named = [one for one in parse(text).find_all(exp.Column) if one.find_ancestor(exp.Query) is None]
    return [one.name if one.this.quoted else one.name.lower() for one in named]


@cache
def counts_distinct(text: str) -> bool:
    """Whether different things are counted, so that figures of parts do not add up to the whole's."""
    from sqlglot import exp  # noqa: PLC0415

    return parse(text).find(exp.Distinct) is not None


@cache
def has_filter(text: str) -> bool:
    """Whether an aggregate counts only some rows, so that there may be none for it to count."""
    from sqlglot import exp  # noqa: PLC0415

    return parse(text).find(exp.Filter) is not None
