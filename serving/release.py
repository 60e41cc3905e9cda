"""What a contestant is called in public: its alias until it is released, its name from then on."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select
from yarl import URL

from serving.audit import note
from serving.tables import Endpoint, Model, now

SHORTEST = 3


def hidden(model: Model) -> bool:
    """Is the name still kept back? The alias stays in the row after the release, as history."""
    return model.alias is not None and model.released is None


def public_name(model: Model) -> str:
    """The only name that may be shown, or asked for, outside the provider's own calls."""
    return model.alias if model.alias is not None and model.released is None else model.name


def due(created: datetime, votes: int, moment: datetime, days: int, votes_most: int) -> bool:
    """May the name be hidden no longer? Whichever comes first: so many days, or rated votes."""
    return votes >= votes_most or moment - created >= timedelta(days=days)


def gives_away(text: str | None, secrets: Iterable[str]) -> bool:
    """Does the text hold one of the words, however it is cased, spaced or hyphenated?"""
    said = bare(text or "")
    return any(secret in said for secret in secrets)


def words_of(model: Model, endpoints: Iterable[Endpoint]) -> set[str]:
    """What a hidden model could be known by: each part of its names, and its hosts.

    The name itself counts however short it is, the others from three letters on.
    """
    names = [model.name]
    for end in endpoints:
        names += [end.upstream_model, URL(end.base_url).host or ""]
    words = {bare(part) for name in names for part in (name, *name.split("/"))}
    return {word for word in words if len(word) >= SHORTEST} | {bare(model.name)}


def bare(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


async def hidden_models(session: AsyncSession) -> Sequence[Model]:
    """Every model whose name is kept back, locked where the database can."""
    query = select(Model).where(col(Model.alias).is_not(None), col(Model.released).is_(None))
    return (await session.execute(query.order_by(col(Model.id)).with_for_update())).scalars().all()


async def release(session: AsyncSession, model: Model, actor: str, why: str) -> None:
    """Show the name from now on, and note it; a model that is not hidden stays as it is."""
    if not hidden(model):
        return
    model.released = model.changed = now()
    model.version += 1
    note(session, actor, "released", model, alias=model.alias, why=why)
    await session.flush()
