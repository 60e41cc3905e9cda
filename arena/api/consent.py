"""GET and POST /api/v1/consent: the terms, and the visitor cookie for accepting them."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from arena.api.access import Known, With, address
from arena.errors import Conflict, Unacceptable
from arena.store import visitors
from arena.store.battles import audit
from arena.store.tables import Kind

router = APIRouter(tags=["consent"])


class Terms(BaseModel):
    """What a visitor is asked to accept."""

    version: str
    text: str
    publication_required: bool


class Acceptance(BaseModel):
    """What a visitor accepts, of which version."""

    version: str = Field(max_length=64)
    accept: list[Literal["terms", "publication"]] = Field(max_length=8)


class Accepted(BaseModel):
    """What was recorded."""

    version: str
    publication: bool


@router.get("/consent")
async def terms(parts: With) -> Terms:
    """The current terms."""
    settings = parts.settings
    return Terms(
        version=settings.terms_version,
        text=settings.terms_text,
        publication_required=settings.publication_required,
    )


@router.post("/consent", status_code=201)
async def accept(
    given: Acceptance, request: Request, response: Response, visitor: Known, parts: With
) -> Accepted:
    """Record the consent; a visitor who is new gets the cookie."""
    settings = parts.settings
    if given.version != settings.terms_version:
        raise Conflict(f"the terms are now version {settings.terms_version}; read those first")
    if "terms" not in given.accept:
        raise Unacceptable('"terms" must be accepted to take part')
    publication = "publication" in given.accept
    if settings.publication_required and not publication:
        raise Unacceptable('this arena asks for "publication" too')
    operator = parts.identity.is_operator(request)
    if not operator:
        await parts.limits.hit("consent", address(request))
    async with parts.store.write() as session:
        if visitor is None:
            kind = Kind.SIMULATED if operator else Kind.PERSON
            visitor = await visitors.add_visitor(session, kind)
        visitors.add_consent(session, visitor.id, given.version, publication)
        audit(session, f"visitor:{visitor.id}", "consent", given.version, publication=publication)
    parts.identity.remember(request, response, visitor.id)
    return Accepted(version=given.version, publication=publication)
