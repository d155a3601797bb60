"""The web application: the API, the pages and their files in one process, with what holds for every answer."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware

from screens.api import docs, events, health, problems, router
from screens.api.answer_cache import AnswerCache
from screens.api.json_response import InertJson
from screens.api.metrics import Metrics, MetricsMiddleware
from screens.build import STATIC
from screens.database import Database, ScreenSettings
from screens.headers import SecurityHeaders
from screens.http_limits import AddressLimit, BodyLimit, HeadLimit
from screens.pages import routes
from screens.pages.oidc import Provider
from screens.rendering import STATIC_PATH
from screens.sign_in import SignIns
from warehouse import bi_sessions

log = logging.getLogger(__name__)


def create_app(settings: ScreenSettings, provider: Provider | None = None) -> FastAPI:
    """The application of an installation, with the identity provider that people may sign in at. It opens no connection
    before the first request."""
    app = FastAPI(
        title="IOC",
        version=router.VERSION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        default_response_class=InertJson,
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.database = Database(settings)
    app.state.sign_ins = SignIns(app.state.database)
    app.state.metrics = Metrics()
    app.state.answers = AnswerCache()
    app.state.versions = events.VersionEvents(app.state.database)
    problems.install(app)
    app.include_router(router.api())
    app.include_router(health.router)
    docs.install(app)
    if STATIC.is_dir():
        app.mount(STATIC_PATH, StaticFiles(directory=STATIC), name="static")
    app.include_router(routes.router)
    if provider:
        provider.install(app, settings.secure_cookies)
    app.add_middleware(GZipMiddleware, minimum_size=600, compresslevel=5)
    app.add_middleware(BodyLimit)
    app.add_middleware(HeadLimit)
    app.add_middleware(AddressLimit)
    app.add_middleware(SecurityHeaders, https=settings.secure_cookies)
    app.add_middleware(MetricsMiddleware)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    watching = asyncio.create_task(app.state.versions.watch())
    try:
        with bi_sessions.watched(app.state.settings.url):
            yield
    finally:
        app.state.versions.close()
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        app.state.database.close()
