"""A provider's own account over HTTP: its contact, and where it hears of changes of state."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from serving.account_views import AccountView, account
from serving.audit import differences, note
from serving.dial import DialPolicy
from serving.edge import EdgeRoute
from serving.entry import Address, Contact, Strict
from serving.sealing import Sealer
from serving.tables import Provider
from serving.webhooks import new_secret

WebhookSecret = Annotated[str, Field(pattern=r"^[\x21-\x7e]+$", min_length=24, max_length=512)]


class AccountChanges(Strict):
    """Only what is given changes, null clears it."""

    contact: Contact | None = None
    webhook_url: Address | None = None
    webhook_secret: WebhookSecret | None = Field(None, repr=False)


class ChangedAccount(AccountView):
    """`webhook_secret` is told where one was made just now, and never again."""

    webhook_secret: str | None = None


def account_router(
    sessions: async_sessionmaker[AsyncSession], sealer: Sealer, policy: DialPolicy, by_key: Any
) -> APIRouter:
    """`by_key` is the dependency that gives the provider."""
    router = APIRouter(prefix="/api/v1/provider", tags=["provider"], route_class=EdgeRoute)

    @router.get("")
    async def show_account(provider: by_key) -> AccountView:
        """Your account and its keys, by their prefixes."""
        async with sessions() as session:
            return await account(session, provider)

    @router.patch("", responses={400: {"description": "The body is no JSON"}})
    async def change_account(changes: AccountChanges, provider: by_key) -> ChangedAccount:
        """Change the given fields, null clears one.

        A webhook without a secret is given one, which this answer shows and no other.
        """
        if changes.webhook_url is not None:
            policy.check_url(changes.webhook_url)
        async with sessions() as session:
            own = await session.get_one(Provider, provider.id, with_for_update=True)
            made = change(session, sealer, own, changes)
            await session.commit()
            view = await account(session, own)
            return ChangedAccount(**view.model_dump(), webhook_secret=made)

    return router


def change(
    session: AsyncSession, sealer: Sealer, provider: Provider, changes: AccountChanges
) -> str | None:
    """Write the changes down; gives the webhook's secret where one had to be made."""
    given = changes.model_dump(exclude_unset=True)
    made = None
    if given.get("webhook_url") and not given.get("webhook_secret", provider.webhook_secret):
        given["webhook_secret"] = made = new_secret()
    before = {field: getattr(provider, field) for field in given}
    if secret := given.get("webhook_secret"):
        given["webhook_secret"] = sealer.seal(secret)
    told = differences(before, given)
    if told:
        for field, value in given.items():
            setattr(provider, field, value)
        note(session, provider.name, "account", provider, **told)
    return made
