"""Builds the FastAPI application from the services it is given."""

import math

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response

from arena import __version__
from arena.api import battles, board, consent, contestants, examples, health, me, snapshots
from arena.api.body import BodyLimit
from arena.errors import ArenaError, OverLimit
from arena.services import Services
from serving.admin_api import admin_router
from serving.openai_door import openai_router
from serving.problems import install_problem_handlers, problem_response
from serving.provider_api import provider_router

PREFIX = "/api/v1"


def create_app(parts: Services) -> FastAPI:
    """The API alone; `arena.web.mount` puts the website on it."""
    app = FastAPI(
        title=parts.settings.site_name,
        version=__version__,
        summary="The open Chatbot Arena: battles, votes, ratings.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = parts
    app.state.contestants = contestants.kept_list(parts)
    install_problem_handlers(app)
    app.add_exception_handler(ArenaError, answer_error)
    app.include_router(health.router)
    public = APIRouter(prefix=PREFIX)
    for room in (consent, battles, me, board, snapshots, contestants, examples):
        public.include_router(room.router)
    app.include_router(public)
    app.include_router(
        provider_router(parts.store.writers, parts.sealer, parts.prober, parts.engine_urls)
    )
    app.include_router(
        admin_router(parts.store.writers, parts.sealer, parts.settings.operator_token)
    )
    per_minute = parts.settings.chat_per_minute
    app.include_router(openai_router(parts.store.readers, parts.sealer, parts.gateway, per_minute))
    app.add_middleware(BodyLimit, most=parts.settings.body_bytes)
    return app


async def answer_error(request: Request, error: Exception) -> Response:
    """An ArenaError as problem details, with Retry-After where it has one."""
    if not isinstance(error, ArenaError):
        raise error
    headers = {}
    if isinstance(error, OverLimit):
        headers["Retry-After"] = str(math.ceil(error.retry_after))
    return problem_response(error.status, error.title, str(error), headers)
