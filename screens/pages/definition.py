"""Who answers for what, in words."""

from screens.pages.frame import Visit
from screens.reading import Kpi
from screens.texts import catalogue
from screens.view_models.figure import Definition


def definition(v: Visit, kpi: Kpi, version: int) -> Definition:
    """Who answers for the KPI and on what basis."""
    return Definition(kpi.basis, owner(v, kpi.owner), kpi.sources, version, kpi.government)


def owner(v: Visit, code: str) -> str:
    """An owner's name; its code where no file has one."""
    return v.text(f"owner.{code}") if f"owner.{code}" in catalogue() else code
