"""Files that a browser saves: their media types and headers."""

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
    "png": "image/png",
}
"""By the ending of a file's name."""


def attachment(name: str, *, is_simulated: bool = False) -> dict[str, str]:
    """Headers of a file that nobody keeps in between. A file outlives the header that says that its data are simulated:
    then its name says so."""
    prefix = "simulated-" if is_simulated else ""
    return {"Content-Disposition": f'attachment; filename="{prefix}{name}"', "Cache-Control": "private, no-store"}
