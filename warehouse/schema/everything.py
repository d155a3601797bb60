"""The metadata with all tables of the hub: every module that declares some is named here."""

from warehouse.schema import (  # noqa: F401 - they fill the metadata
    access,
    alerts,
    dimensions,
    facts,
    kpi,
    ledger,
    nation,
    quality,
    trail,
)
from warehouse.schema.base import metadata

__all__ = ["metadata"]
