"""An error as a page: what went wrong, what to do, and a way on."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from hub.errors import RequestError
from screens.language import of_page
from screens.pages.frame import Visit
from screens.texts import label
from screens.view_models.entry import ErrorPage

_TITLES = {403: "error.forbidden", 404: "error.not_found", 422: "error.wrong", 503: "error.busy"}
_TODO = {403: "error.forbidden_todo", 404: "error.not_found_todo", 422: "error.wrong_todo", 503: "error.busy_todo"}


def error_page(request: Request, error: RequestError, reference: str | None = None) -> HTMLResponse:
    """The page for an error; nothing is read for it, so that it is shown even when the database is away."""
    language = of_page(request)
    v = Visit(request, request.app.state.database, language, None)
    detail = error.text(language)
    model = ErrorPage(
        status=error.status,
        what=label(_TITLES.get(error.status, "error.broken"), language),
        todo=label(_TODO.get(error.status, "error.broken_todo"), language),
        detail=detail[:1].upper() + detail[1:],
        where=request.url.path,
        reference=reference,
    )
    response = v.answer("error.html", v.frame(None, model.what), model, error.status)
    response.headers.update(error.headers)
    response.headers["Cache-Control"] = "no-store"
    return response
