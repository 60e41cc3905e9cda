"""The registry's audit: a row for every change, by whom; secrets are named in it, never shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from serving.tables import Model, Provider, RegistryChange

# Who may stand in the audit besides the providers: nobody's account may be called so.
ARENA = "arena"
ADMIN = "admin"
SECRETS = frozenset({"api_key", "webhook_secret"})


def note(
    session: AsyncSession,
    by: str,
    action: str,
    on: Model | Provider | None = None,
    **detail: Any,
) -> None:
    """Add the row; `on` has been flushed. The caller flushes and commits."""
    provider_id = on.provider_id if isinstance(on, Model) else on.id if on else None
    session.add(
        RegistryChange(
            actor=by,
            action=action,
            provider_id=provider_id,
            model_id=on.id if isinstance(on, Model) else None,
            detail=detail,
        )
    )


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """By field what it was and what it is; of a secret only whether it was set or changed."""
    return {
        field: told(field, before.get(field), value)
        for field, value in after.items()
        if before.get(field) != value
    }


def told(field: str, old: Any, new: Any) -> Any:
    if field in SECRETS:
        return "cleared" if new is None else "set" if old is None else "changed"
    before, after = masked(old), masked(new)
    return [before, after] if before != after else "changed"


def masked(value: Any) -> Any:
    """The value with every secret in it replaced by whether there is one."""
    if isinstance(value, Mapping):
        return {
            field: ("set" if inner else None) if field in SECRETS else masked(inner)
            for field, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [masked(inner) for inner in value]
    return value


async def changes_of(session: AsyncSession, model: Model) -> Sequence[RegistryChange]:
    """Every change of a model, oldest first."""
    query = select(RegistryChange).where(col(RegistryChange.model_id) == model.id)
    return (await session.execute(query.order_by(col(RegistryChange.id)))).scalars().all()


async def last_change(session: AsyncSession, model: Model, *actions: str) -> RegistryChange | None:
    """The newest change of a model that was one of these."""
    query = select(RegistryChange).where(
        col(RegistryChange.model_id) == model.id, col(RegistryChange.action).in_(actions)
    )
    newest = query.order_by(col(RegistryChange.id).desc()).limit(1)
    return (await session.execute(newest)).scalar_one_or_none()
