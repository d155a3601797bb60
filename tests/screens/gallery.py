"""Every page from made-up models, served to a real browser in the tests. Not part of the hub.

`python -m tests.screens.gallery` serves it at http://127.0.0.1:8009/wall for working on the looks.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

import uvicorn
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from screens.build import STATIC
from screens.formats import assumed_now
from screens.rendering import CONTENT_POLICY, render
from screens.texts import Language
from screens.view_models.page import Link
from tests.screens import made_up, made_up_evidence, made_up_kpi, made_up_wall


@dataclass(frozen=True)
class Shown:
    """A page of the gallery: its template, its model, and the trail above it."""

    template: str
    model: Callable[[Language], object]
    title: str
    deep: bool = False
    simulated: bool = False
    """Whether another day is taken for today, which the page then says."""


PAGES = {
    "/": Shown("province.html", made_up.province, "Toàn tỉnh"),
    "/wall": Shown("wall.html", made_up_wall.wall, "Màn hình lớn"),
    "/wall/full": Shown("wall.html", made_up_wall.fullest_wall, "Màn hình lớn", simulated=True),
    "/wall/boards": Shown("wall.html", made_up_wall.boards, "Màn hình lớn"),
    "/field": Shown("field.html", made_up.field_page, "Dịch vụ công"),
    "/field/empty": Shown("field.html", lambda language: made_up.field_page(language, False), "Kinh tế – xã hội"),
    "/kpi": Shown("kpi.html", made_up_kpi.kpi, "Tỷ lệ hồ sơ tiếp nhận trực tuyến", deep=True),
    "/map": Shown("areas/map.html", made_up_kpi.map_page, "Bản đồ", deep=True),
    "/freshness": Shown("freshness.html", made_up_evidence.freshness, "Tình trạng dữ liệu"),
    "/freshness/deliverers": Shown(
        "deliverers.html", made_up_evidence.deliverers, "Tình hình cung cấp dữ liệu", deep=True
    ),
    "/explore": Shown("explore.html", made_up_evidence.explore, "Phân tích"),
    "/explain": Shown("explain.html", made_up_evidence.explain, "Giải thích", deep=True),
    "/explain/closed": Shown(
        "explain.html", lambda language: made_up_evidence.explain(language, False), "Giải thích", deep=True
    ),
    "/login": Shown("login.html", made_up_evidence.login, "Đăng nhập"),
    "/login/wrong": Shown("login.html", lambda language: made_up_evidence.login(language, True), "Đăng nhập"),
    "/error": Shown("error.html", made_up_evidence.error, "Không tìm thấy"),
}


def _page(request: Request) -> Response:
    language: Language = "en" if request.query_params.get("lang") == "en" else "vi"
    shown = PAGES[request.url.path]
    page = made_up.page(
        language,
        str(request.url).removeprefix(str(request.base_url).rstrip("/")),
        shown.title,
        request.query_params.get("theme") or request.cookies.get("theme", "auto"),
        events_href=f"/{request.query_params['live']}" if "live" in request.query_params else None,
    )
    if "login" in request.url.path:
        page = replace(page, account=None, fields=())
    if shown.simulated:
        page = replace(page, notice=assumed_now(made_up.NOW, language))
    if shown.deep:
        trail = [Link("Toàn tỉnh", "/"), Link("Dịch vụ công", "/field")]
        page = replace(page, trail=trail, fields=made_up.fields(language, "public_services"))
    return HTMLResponse(
        render(shown.template, page, shown.model(language)), headers={"Content-Security-Policy": CONTENT_POLICY}
    )


def _wall_of(request: Request) -> Response:
    """A board of any number of tiles."""
    language: Language = "en" if request.query_params.get("lang") == "en" else "vi"
    model = made_up_wall.wall_of(language, request.path_params["large"], request.path_params["small"])
    page = made_up.page(language, request.url.path, notice=assumed_now(made_up.NOW, language))
    return HTMLResponse(render("wall.html", page, model), headers={"Content-Security-Policy": CONTENT_POLICY})


def _docs(_: Request) -> Response:
    text = render("docs.html", made_up.page(), "/openapi.json")
    return HTMLResponse(text, headers={"Content-Security-Policy": CONTENT_POLICY})


def _openapi(_: Request) -> Response:
    path = {"get": {"summary": "Board", "responses": {"200": {"description": "OK"}}}}
    return JSONResponse({"openapi": "3.1.0", "info": {"title": "IOC", "version": "1"}, "paths": {"/board": path}})


async def _beats() -> AsyncIterator[str]:
    while True:
        yield "event: beat\ndata: 1\n\n"
        await asyncio.sleep(0.5)


async def _one_beat() -> AsyncIterator[str]:
    """As a server of which nothing is heard any more, though the connection stands."""
    yield "event: beat\ndata: 1\n\n"
    await asyncio.sleep(60)


def _silent(_: Request) -> Response:
    return StreamingResponse(_one_beat(), media_type="text/event-stream")


def _events(_: Request) -> Response:
    return StreamingResponse(_beats(), media_type="text/event-stream")


app = GZipMiddleware(
    Starlette(
        routes=[
            *(Route(path, _page) for path in PAGES),
            Route("/wall/of/{large:int}/{small:int}", _wall_of),
            Route("/docs", _docs),
            Route("/openapi.json", _openapi),
            Route("/events", _events),
            Route("/silent", _silent),
            Mount("/static", StaticFiles(directory=STATIC, check_dir=False)),
        ]
    ),
    minimum_size=500,
)

if __name__ == "__main__":
    uvicorn.run(app, port=8009, log_level="warning")
