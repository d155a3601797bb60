"""A hub whose specifications refuse some codes until they are mended: what a replay then accepts."""

from pathlib import Path

from connectors.source_files import SOURCES
from tests.pipeline.hub import Hub

UNKNOWN_AREA = "09999"
REFUSED = frozenset({"000.00.77.H37", "000.00.88.H37", UNKNOWN_AREA})
_NAMED = "_refused_codes.txt"


def strict(hub: Hub, codes: frozenset[str] = REFUSED) -> Hub:
    """The hub, refusing records with these codes of organisations and areas by their form."""
    folder: Path = hub.settings.state / "sources" / "-".join(["without", *sorted(codes)])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _NAMED).write_text("\n".join(sorted(codes)), "utf-8")
    pattern = "|".join(code.replace(".", r"\.") for code in sorted(codes)) or "none"
    for source in ("ioffice", "telecom", "post"):
        text = (SOURCES / f"{source}.toml").read_text("utf-8")
        for dimension in ("organisation", "area"):
            known = f'known = "{dimension}"'
            text = text.replace(known, f"{known}, required = true, pattern = '(?!(?:{pattern})$).*'")
        (folder / f"{source}.toml").write_text(text, "utf-8")
    hub.settings = hub.settings.model_copy(update={"sources": folder})
    return hub


def accept(hub: Hub, code: str) -> None:
    """Mends the specifications: that code is refused no longer."""
    assert hub.settings.sources
    refused = (hub.settings.sources / _NAMED).read_text("utf-8").splitlines()
    strict(hub, frozenset(refused) - {code})
