"""Consent over HTTP: recorded by version, worth a signed cookie, asked again when it changes."""

from pathlib import Path

import aiohttp
import pytest
from sqlmodel import select

from arena.client import ArenaClient, Refused
from arena.identity import COOKIE
from arena.store.tables import Consent, Kind, Visitor
from arena.terms import TERMS_VERSION
from tests.conftest import running_site
from tests.site_fixture import Site


async def recorded(site: Site) -> list[Consent]:
    async with site.services.store.read() as session:
        return list((await session.execute(select(Consent))).scalars())


async def test_the_terms_say_what_is_asked(site: Site) -> None:
    async with ArenaClient(site.url) as visitor:
        terms = await visitor.call("GET", "consent")
    assert set(terms) == {"version", "text", "publication_required"}
    assert terms["version"] == TERMS_VERSION and len(terms["text"].splitlines()) <= 6


@pytest.mark.parametrize("publication", [True, False])
async def test_what_was_accepted_is_recorded_with_its_version(
    site: Site, publication: bool
) -> None:
    async with site.visitor(publication):
        (consent,) = await recorded(site)
    assert (consent.version, consent.publication) == (TERMS_VERSION, publication)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"version": "old", "accept": ["terms"]}, 409),
        ({"version": TERMS_VERSION, "accept": ["publication"]}, 422),
        ({"version": TERMS_VERSION, "accept": []}, 422),
        ({"version": TERMS_VERSION, "accept": ["everything"]}, 422),
        ({"accept": ["terms"]}, 422),
    ],
)
async def test_half_a_consent_is_none(site: Site, body: dict[str, object], status: int) -> None:
    async with ArenaClient(site.url) as visitor:
        with pytest.raises(Refused) as caught:
            await visitor.call("POST", "consent", body)
    assert caught.value.status == status
    assert await recorded(site) == []


async def test_an_arena_may_require_publication(tmp_path: Path) -> None:
    async with running_site(tmp_path, publication_required=True) as site:
        async with ArenaClient(site.url) as visitor:
            with pytest.raises(Refused) as caught:
                await visitor.consent(publication=False)
    assert caught.value.status == 422


async def test_the_cookie_is_signed_http_only_and_same_site(site: Site) -> None:
    body = {"version": TERMS_VERSION, "accept": ["terms"]}
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{site.url}/api/v1/consent", json=body) as answer:
            cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=") and "HttpOnly" in cookie and "SameSite=lax" in cookie


async def test_a_forged_cookie_is_nobodys(site: Site) -> None:
    async with site.visitor():
        async with site.services.store.read() as session:
            visitor = (await session.execute(select(Visitor))).scalar_one()
    for forged in (visitor.id, f"{visitor.id}.AAAA", "", "\xff"):
        async with aiohttp.ClientSession(cookies={COOKIE: forged}) as http:
            async with http.post(f"{site.url}/api/v1/battles", json={}) as answer:
                assert answer.status == 403


async def test_new_terms_are_asked_for_again(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site, site.visitor() as visitor:
        await visitor.open_battle()
        object.__setattr__(site.services.settings, "terms_version", "next")
        with pytest.raises(Refused) as caught:
            await visitor.open_battle()
        assert caught.value.status == 403
        await visitor.consent(publication=False)
        await visitor.open_battle()
        assert [consent.version for consent in await recorded(site)] == [TERMS_VERSION, "next"]


async def test_too_many_new_visitors_from_one_address_wait(tmp_path: Path) -> None:
    async with running_site(tmp_path, consents_per_hour=1) as site:
        async with site.visitor():
            async with ArenaClient(site.url) as second:
                with pytest.raises(Refused) as caught:
                    await second.consent(publication=True)
    assert caught.value.status == 429


@pytest.mark.parametrize(("token", "kind"), [("right", "simulated"), ("wrong", "person")])
async def test_only_the_operators_token_makes_a_simulated_visitor(
    site: Site, token: str, kind: str
) -> None:
    given = site.operator_token if token == "right" else "not-the-token"
    async with ArenaClient(site.url, given) as visitor:
        await visitor.consent(publication=True)
        assert (await visitor.call("GET", "me/data"))["kind"] == kind


async def test_an_empty_token_opens_nothing(tmp_path: Path) -> None:
    async with running_site(tmp_path, operator_token="") as site, ArenaClient(site.url) as stranger:
        stranger._session.headers["Authorization"] = "Bearer  "
        await stranger.consent(publication=True)
        async with site.services.store.read() as session:
            (visitor,) = (await session.execute(select(Visitor))).scalars()
        assert visitor.kind is Kind.PERSON
