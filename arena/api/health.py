"""Alive, ready, and figures for operators."""

import hmac
import ipaddress
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from arena.api.access import With, address
from arena.errors import NotFound
from arena.metrics import collect
from serving.registry import count_live

router = APIRouter(tags=["operators"])


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz")
async def ready(parts: With, response: Response) -> dict[str, Any]:
    """Can a battle begin here? 503 where not, with the reason."""
    try:
        async with parts.store.read() as session:
            live = await count_live(session)
    except SQLAlchemyError:
        response.status_code = 503
        return {"status": "not ready", "reason": "the database does not answer"}
    if live < 2:
        response.status_code = 503
        return {"status": "not ready", "reason": f"{live} contestants are live; a battle needs 2"}
    return {"status": "ready", "live": live}


@router.get("/metrics")
async def metrics(
    request: Request, parts: With, authorization: Annotated[str, Header()] = ""
) -> Response:
    """Prometheus figures: for this machine's own address, or with the metrics token."""
    token = parts.settings.metrics_token
    given = authorization.removeprefix("Bearer ").encode("utf-8", "surrogateescape")
    if not (_own_address(request) or (token and hmac.compare_digest(given, token.encode()))):
        raise NotFound("there is nothing here")
    async with parts.store.read() as session:
        registry = await collect(session, parts.battles.running_count, parts.gateway)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _own_address(request: Request) -> bool:
    # Behind a proxy on this machine every visitor seems to be local, so a forwarded one is not.
    if any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip")):
        return False
    try:
        return ipaddress.ip_address(address(request)).is_loopback
    except ValueError:
        return False
