"""What stands in the place of a record's code after it was erased."""

import hmac
from collections.abc import Set
from typing import Any

from connectors.column_specification import Column
from connectors.decoding import Decoder
from connectors.specification import Feed
from hub.texts import clean


class ErasedCodes:
    """The codes of a feed that were erased, known by their pseudonyms alone: keyed hashes, so that nobody without the
    hub's key can try codes out, and a record that the source delivers again is still counted once."""

    def __init__(self, feed: Feed, key: str, pseudonyms: Set[str]) -> None:
        self._key, self._pseudonyms = key.encode(), pseudonyms
        self.column = code_column(feed)

    def __bool__(self) -> bool:
        return bool(self._pseudonyms) and self.column is not None

    def pseudonym(self, code: str) -> str:
        """The pseudonym of a code."""
        return "erased-" + hmac.digest(self._key, b"erased code\0" + code.encode(), "sha256").hex()[:32]

    def replace(self, decoder: Decoder, records: list[Any]) -> dict[int, str]:
        """Gives records of an erased code its pseudonym; tells which, by their places."""
        if not self or self.column is None:
            return {}
        column = self.column[1]
        attribute, found = decoder.attributes[str(column.wire)], dict[int, str]()
        for place, record in enumerate(records):
            value = getattr(record, attribute)
            if not isinstance(value, str | int):
                continue
            pseudonym = self.pseudonym(as_code(column, str(value)))
            if pseudonym in self._pseudonyms:
                setattr(record, attribute, pseudonym)
                found[place] = pseudonym
        return found


def as_code(column: Column, value: str) -> str:
    """A code as facts hold it."""
    text = clean(value)
    return text.lower() if column.lower else text


def code_column(feed: Feed) -> tuple[str, Column] | None:
    """Name and specification of the column that alone identifies a record, where that is a text; a row that is
    identified by several, such as a village and a month, is a statistic and about nobody."""
    keys = [(name, column) for name, column in feed.kept.items() if column.key]
    return keys[0] if len(keys) == 1 and keys[0][1].type == "text" and keys[0][1].wire else None
