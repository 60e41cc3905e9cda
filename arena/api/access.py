"""What a route may ask for: the services, the visitor, a visitor who consented, an operator."""

from typing import Annotated, cast

from fastapi import Depends, Request

from arena.errors import ConsentMissing
from arena.services import Services
from arena.settings import Settings
from arena.store import visitors
from arena.store.tables import Consent, Kind, Visitor


async def services(request: Request) -> Services:
    """The services this application was built with; `async` spares every request a thread."""
    return cast(Services, request.app.state.services)


With = Annotated[Services, Depends(services)]


async def known_visitor(request: Request, parts: With) -> Visitor | None:
    """The visitor of the cookie, or `None`."""
    async with parts.store.read() as session:
        return await visitors.visitor(session, parts.identity.visitor_id(request))


Known = Annotated[Visitor | None, Depends(known_visitor)]


async def consented_visitor(request: Request, parts: With) -> Visitor:
    """The visitor, once the current terms are accepted; ConsentMissing (403) otherwise."""
    async with parts.store.read() as session:
        found = await visitors.consenting(session, parts.identity.visitor_id(request))
    if found is not None and suffices(found[1], parts.settings):
        return found[0]
    raise ConsentMissing("accept the current terms first: GET and POST /api/v1/consent")


Consented = Annotated[Visitor, Depends(consented_visitor)]


def suffices(given: Consent, settings: Settings) -> bool:
    """Is this consent to the current terms, with publication where that is asked?"""
    current = given.version == settings.terms_version
    return current and (given.publication or not settings.publication_required)


def address(request: Request) -> str:
    """The address a limit is counted for; behind a trusted proxy uvicorn has put it right."""
    return request.client.host if request.client else "unknown"


def free_of_limits(visitor: Visitor | None) -> bool:
    """Simulated visitors were let in by an operator."""
    return visitor is not None and visitor.kind is Kind.SIMULATED
