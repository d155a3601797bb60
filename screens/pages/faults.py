"""A fault of a request as a page: what went wrong, what to do, and a way on."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from screens.faults import Fault
from screens.language import of_page
from screens.pages.frame import Visit
from screens.texts import text
from screens.view_models.entry import FaultPage

_TITLES = {403: "error.forbidden", 404: "error.not_found", 422: "error.wrong", 429: "error.slow", 503: "error.busy"}
_TODO = {403: "error.forbidden_todo", 404: "error.not_found_todo", 422: "error.wrong_todo", 503: "error.busy_todo"}


def fault_page(request: Request, fault: Fault, reference: str | None = None) -> HTMLResponse:
    """The page for a fault; nothing is read for it, so that it stands even when the database is away."""
    language = of_page(request)
    v = Visit(request, request.app.state.database, language, None)
    said = fault.text(language)
    model = FaultPage(
        status=fault.status,
        what=text(_TITLES.get(fault.status, "error.broken"), language),
        todo=text(_TODO.get(fault.status, "error.broken_todo"), language),
        detail=said[:1].upper() + said[1:],
        where=request.url.path,
        reference=reference,
    )
    response = v.answer("error.html", v.frame(None, model.what), model, fault.status)
    response.headers.update(fault.headers)
    response.headers["Cache-Control"] = "no-store"
    return response
