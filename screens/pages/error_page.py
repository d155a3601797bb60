"""An error as a page: what went wrong, what to do, and a way on."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from hub.errors import RequestError
from screens.language import of_page
from screens.pages.frame import Visit
from screens.texts import label
from screens.view_models.entry import ErrorPage

_LABELS = {
    403: "error.forbidden",
    404: "error.not_found",
    413: "error.too_large",
    414: "error.too_large",
    422: "error.wrong",
    429: "error.busy",
    431: "error.too_large",
    503: "error.busy",
}
"""Status → label of the title; the one of what to do has `_todo` at its end."""


def error_page(request: Request, error: RequestError, reference: str | None = None) -> HTMLResponse:
    """The page for an error; nothing is read for it, so that it is shown even when the database is away."""
    language = of_page(request)
    v = Visit(request, request.app.state.database, language, None)
    detail, known = error.text(language), _LABELS.get(error.status, "error.broken")
    model = ErrorPage(
        status=error.status,
        what=label(known, language),
        todo=label(f"{known}_todo", language),
        detail=detail[:1].upper() + detail[1:],
        where=request.url.path,
        reference=reference,
    )
    response = v.answer("error.html", v.frame(None, model.what), model, error.status)
    response.headers.update(error.headers)
    response.headers["Cache-Control"] = "no-store"
    return response
