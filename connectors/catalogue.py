"""The sources of an installation: the hub's and its own, of each province those that it has."""

from connectors.source_files import read_specifications
from connectors.specification import Source
from hub.errors import Abort
from hub.installation import Installation
from hub.translation import msg


def sources_of(installation: Installation, province: str | None = None) -> dict[str, Source]:
    """The sources of an installation, by name: the hub's and its own; of a province those that it has. One whose file
    has a fault is left out, see `faults_of`.

    Raises Abort when its entry names a source that there is not.
    """
    settings = installation.settings
    sources, faults = read_specifications(settings.sources)
    for own in settings.provinces:
        if unknown := sorted(set(own.sources or ()) - set(sources) - set(faults)):
            named, known = ", ".join(unknown), ", ".join(sources)
            raise Abort(
                msg(
                    "Province {own_code} names the sources {named}; there are {known}",
                    own_code=own.code,
                    named=named,
                    known=known,
                ),
            )
        if own.code == province and own.sources is not None:
            return {name: source for name, source in sources.items() if name in own.sources}
    return sources


def faults_of(installation: Installation) -> dict[str, Abort]:
    """What is wrong with files of sources, by the source's name."""
    return read_specifications(installation.settings.sources).faults


def sources_by_province(installation: Installation) -> dict[str, dict[str, Source]]:
    """The sources of each province, by its code."""
    return {code: sources_of(installation, code) for code in installation.settings.codes}
