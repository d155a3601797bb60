"""What a new source's specification could be, guessed from a recorded answer and from the sources that there are."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Table

from connectors.column_specification import Column
from connectors.guesses import FieldGuess, guess, reads_all
from connectors.personal import masked, plain_name
from connectors.samples import MOST_RECORDS, Sample, fields_in
from connectors.specification import Source
from connectors.values import as_text, flag, whole
from warehouse.facts import given_name, identity_of
from warehouse.schema.facts import FACTS, has_validity, periodic_days, since_column

_TOTAL = re.compile(r"(^|_)(tong(_.*)?|total(_.*)?|count|so_luong|so_ban_ghi)$")
_PAGES = re.compile(r"(so_trang|total_pages?|page_count|tong_(so_)?trang)$")
_NEXT = re.compile(r"(^|_)(next(_.*)?|tiep(_theo)?|trang_sau|cursor)$")
_ERROR = re.compile(r"^(error_code|ma_loi|code|status|err(or)?)$")
_FEWEST_MATCHES, _MANY_MATCHES = 2, 4
"""Columns of a fact that a sample must have for the fact to be chosen, and those that are enough where most of its
fields are others."""


@dataclass(frozen=True)
class DraftColumn:
    """A field as a column of the draft. `known` is the column of another source that reads a field of the same name
    into the same fact, and reads all values of this one; `is_fed` whether the fact has a place for it."""

    name: str
    guess: FieldGuess
    known: Column | None = None
    is_fed: bool = False
    is_key: bool = False
    is_required: bool = False


@dataclass(frozen=True)
class DraftPaging:
    """How the answers seem to be handed out, and the places in them; of files nothing can be seen in one."""

    style: Literal["single", "pages", "cursor", "next_link", "files"]
    total: str | None = None
    next: str | None = None
    has_more: str | None = None


@dataclass(frozen=True)
class Draft:
    """A source of one feed. `fact` is None where no fact fits best, `missing` are columns that it needs besides."""

    sample: Sample
    count: int
    columns: Sequence[DraftColumn]
    fact: Table | None
    missing: Sequence[str]
    paging: DraftPaging
    error: tuple[str, Any] | None
    """Where the answer says that it is none, and what it says now."""

    @property
    def day(self) -> str | None:
        """The column of a fact of days or months that says of which one a row is, or the list that names it."""
        if self.fact is None:
            return None
        return since_column(self.fact) if has_validity(self.fact) else next(iter(periodic_days(self.fact)), None)


def draft(samples: Sequence[Sample], sources: Mapping[str, Source]) -> Draft:
    """The draft from answers of one feed; `sources` are those whose fields are known already."""
    first = samples[0]
    place = first.place
    records = [record for sample in samples for record in sample.lists.get(place, ())][:MOST_RECORDS]
    guesses = [guess(name, [record.get(name) for record in records]) for name in fields_in(records) if name]
    fact, matches = _best_fact([found for found in guesses if not found.is_nested and not found.personal], sources)
    columns: list[DraftColumn] = []
    keys = _keys(fact, guesses)
    taken: set[str] = set()
    required = _required(fact) if fact is not None else set()
    for found in guesses:
        name, known = matches.get(found.wire, (None, None))
        own = _unused(name or _identifier(found.wire), taken)
        taken.add(own)
        is_fed = name is not None and not found.personal
        if known is not None and not reads_all(known, [record.get(found.wire) for record in records]):
            known = None
        is_key = (own if fact is not None else found.wire) in keys and not found.personal
        is_required = is_key or (is_fed and own in required and own != "area_code")
        columns.append(DraftColumn(own, found, known, is_fed, is_key, is_required))
    given = {column.name for column in columns if column.is_fed}
    missing = sorted(required - given)
    return Draft(first, len(records), columns, fact, missing, _paging(samples), _error(first))


_OF_THE_HUB = {"province_id", "source", "batch_id", "page_number", "valid_to", "previous_to", "attributes"}
"""Columns of facts that no feed fills."""


def _required(fact: Table) -> set[str]:
    """What a feed must fill of a fact."""
    must = {given_name(c) for c in fact.columns if not c.nullable and c.computed is None and "absent" not in c.info}
    return must - _OF_THE_HUB


def _best_fact(
    guesses: Sequence[FieldGuess], sources: Mapping[str, Source]
) -> tuple[Table | None, dict[str, tuple[str, Column | None]]]:
    """The fact that has the most columns in common with the fields, and which field is which of them; none where these
    are few, identify no row, or are as many of another fact. A field is known by its name, or by the name that another
    source's feed of the fact gives it."""
    known: dict[str, dict[str, tuple[str, Column | None]]] = {name: {} for name in FACTS}
    for source in sources.values():
        for feed in source.feeds.values():
            for own_name, own_column in feed.columns.items():
                if own_column.wire and own_column.fact and feed.fact in known:
                    known[feed.fact].setdefault(plain_name(own_column.wire), (own_name, own_column))
    found = []
    for fact in FACTS.values():
        own = {given_name(column) for column in fact.columns if column.computed is None} - _OF_THE_HUB
        matches: dict[str, tuple[str, Column | None]] = {}
        for one in guesses:
            words = plain_name(one.wire)
            name, column = known[fact.name].get(words, (words, None))
            if name in own and name not in {taken for taken, _ in matches.values()}:
                matches[one.wire] = name, column
        kept = [fed for fed, column in matches.values() if column is None or not column.personal]
        found.append((len(kept), len(identity_of(fact).intersection(kept)), fact, matches))
    found.sort(key=lambda one: one[:2], reverse=True)
    best, second = found[:2]
    is_little = best[0] < _FEWEST_MATCHES or (best[0] < _MANY_MATCHES and 2 * best[0] < len(guesses))
    if is_little or not best[1] or best[:2] == second[:2]:
        return None, {}
    return best[2], best[3]


def _keys(fact: Table | None, guesses: Sequence[FieldGuess]) -> set[str]:
    """The columns that identify a row of the fact; without one the field that is the likeliest to identify a record."""
    if fact is not None:
        return identity_of(fact)
    unique = [one for one in guesses if one.is_unique and not one.personal and one.type in ("text", "integer")]
    named = [one for one in unique if re.search(r"(^|_)(ma|id|code|so|key|uuid)(_|$)", plain_name(one.wire))]
    return {one.wire for one in (named or unique)[:1]}


def _paging(samples: Sequence[Sample]) -> DraftPaging:
    sample = samples[0]
    if not sample.place:
        return DraftPaging("files")
    stated = {place: value for place, value in sample.stated.items() if not isinstance(value, dict | list)}
    named = {place: plain_name(place.rpartition(".")[2]) for place in stated}
    count = len(sample.lists[sample.place])
    totals = [p for p, name in named.items() if _TOTAL.search(name) and (whole(stated[p]) or 0) >= count]
    total = next((place for place in totals if not _PAGES.search(named[place])), None)
    following = next((p for p, name in named.items() if _NEXT.search(name) and not _is_flag(stated[p])), None)
    if following is not None:
        text = as_text(stated[following])
        more = next((p for p, name in named.items() if re.search(r"(has_more|con_nua|con_tiep)$", name)), None)
        if more is not None and "/" not in text:
            return DraftPaging("cursor", total, following, more)
        if "/" in text or "?" in text or not text:
            return DraftPaging("next_link", total, following)
    if total is not None and (whole(stated[total]) or 0) > count:
        return DraftPaging("pages", total)
    return DraftPaging("single", total)


def _is_flag(value: Any) -> bool:
    return flag(value) is not None


def _error(sample: Sample) -> tuple[str, Any] | None:
    """A single value at the top whose name is that of a code of success."""
    for place, value in sample.stated.items():
        if (
            "." not in place
            and _ERROR.match(plain_name(place))
            and isinstance(value, str | int)
            and masked(value) == value != ""
        ):
            return place, value
    return None


def _identifier(wire: str) -> str:
    words = plain_name(wire)[:38].strip("_")
    return words if words[:1].isalpha() else f"field_{words}".rstrip("_")


def _unused(name: str, taken: set[str]) -> str:
    number, own = 2, name
    while own in taken:
        own, number = f"{name[:36]}_{number}", number + 1
    return own
