"""The SQL of a definition as a tree: what it names, and what follows from its form."""

from functools import cache
from typing import TYPE_CHECKING

from hub.errors import Invalid
from hub.translation import msg

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
        raise Invalid(msg("is no SQL expression: {said}", said=said)) from None


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


def is_additive(text: str) -> bool:
    """Whether it is a count or a sum, so that figures of parts add up, unless it counts different things."""
    from sqlglot import exp  # noqa: PLC0415

    tree = parse(text)
    return isinstance(tree.this if isinstance(tree, exp.Filter) else tree, exp.Count | exp.Sum)


def unfiltered(text: str) -> "tuple[exp.Expr, list[exp.Expr]]":
    """An aggregate without its filter, and the filter's conditions."""
    from sqlglot import exp  # noqa: PLC0415

    tree = parse(text)
    return (tree.this, conditions(tree.expression.this)) if isinstance(tree, exp.Filter) else (tree, [])


def conditions(text: "str | exp.Expr") -> "list[exp.Expr]":
    """The parts of a condition that must all hold; one that has alternatives is left whole."""
    from sqlglot import exp  # noqa: PLC0415

    tree = parse(text) if isinstance(text, str) else text
    parts = list(tree.flatten()) if isinstance(tree, exp.And) else [tree]
    return [part for part in parts if part != exp.true()]


def values(condition: "exp.Expr") -> tuple[str, bool, frozenset[str]] | None:
    """A column, whether it is one of some values or none of them, and these; None for a condition of another form."""
    from sqlglot import exp  # noqa: PLC0415

    column, wanted = condition.this, condition.expressions if isinstance(condition, exp.In) else [condition.expression]
    if not isinstance(condition, exp.EQ | exp.NEQ | exp.In) or not isinstance(column, exp.Column):
        return None
    if not wanted or not all(isinstance(one, exp.Literal) for one in wanted):
        return None
    return column.name, not isinstance(condition, exp.NEQ), frozenset(one.name for one in wanted)
