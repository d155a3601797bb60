"""Who is told: reference/recipients.csv of the installation. Addresses stand there and nowhere in the database."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, TypeAdapter, ValidationError

from alerts.kinds import BY_ID
from alerts.settings import mail_address
from connectors.catalogue import sources_of
from hub.addresses import Address
from hub.errors import Invalid
from hub.installation import Installation
from hub.suggestions import nearest
from hub.tables import CsvRow, Word, read
from hub.translation import msg
from hub.validation import words

FILE = "recipients.csv"
_URL = TypeAdapter(Address)


def _address(said: str) -> str:
    if not said.startswith(("https://", "http://")):
        return mail_address(said)
    try:
        return _URL.validate_python(said)
    except ValidationError as error:
        raise Invalid(words(error.errors()[0])) from None


class RecipientRow(CsvRow):
    """A line of recipients.csv: an address, and what it is told. Lists are separated by blanks; empty is all.

    With a unit (a deliverer's code, or a source's owner) it is told of that unit's reminders, and of nothing else.
    """

    address: Annotated[Word, AfterValidator(_address)]
    province: str = ""
    kinds: str = ""
    sources: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Recipient:
    """Somebody who is told."""

    address: str
    kinds: Sequence[str]
    sources: Sequence[str]
    unit: str

    @property
    def channel(self) -> Literal["mail", "webhook"]:
        return "webhook" if "://" in self.address else "mail"

    @property
    def key(self) -> str:
        """What stands for the address in the database."""
        return hashlib.sha256(self.address.encode()).hexdigest()[:16]

    def wants(self, kind: str, source: str | None) -> bool:
        """Whether it is told of such incidents. One that is of no source is told whoever sees the kind."""
        of_source = not self.sources or source is None or source in self.sources
        return not self.unit and of_source and (not self.kinds or kind in self.kinds)


def recipients(installation: Installation, province: str) -> list[Recipient]:
    """Those of a province. Raises Abort naming file, line and what is wrong: what is told to nobody is missed by
    nobody."""
    file = installation.reference / FILE
    if not file.is_file():
        return []
    known = {
        "province": installation.settings.codes,
        "kinds": list(BY_ID),
        "sources": list(sources_of(installation)),
    }
    found = []
    for line in read(file, RecipientRow, ("address", "province", "unit")):
        row = line.row
        for column, names in known.items():
            for name in getattr(row, column).split():
                if name not in names:
                    near = nearest(name, names)
                    raise line.fault(column, msg("{name!r} is not known; {near}", name=name, near=near))
        if row.province in ("", province):
            found.append(Recipient(row.address, row.kinds.split(), row.sources.split(), row.unit))
    return found
