"""`arena providers`: keys made, rotated, revoked, and every secret sealed anew."""

import json
from pathlib import Path
from typing import Any

import pytest

from arena.store.schema import upgrade
from arena.store.session import opened
from serving.accounts import Scope, authenticate, create_provider, get_provider
from serving.entry import Entry
from serving.errors import KeyRefused
from serving.registry import get_model, register_model, target_of
from serving.sealing import Sealer
from tests.process_fixture import arena

OLD, NEW = "the old secret of a site", "the new secret of a site"


async def a_store(folder: Path) -> str:
    url = f"sqlite+aiosqlite:///{folder / 'arena.db'}"
    async with opened(url, new=True) as store:
        await upgrade(store.engine)
    return url


async def keys(folder: Path, name: str) -> list[dict[str, Any]]:
    _, said, _ = await arena(folder, "providers", "list", "--json")
    (account,) = (one for one in json.loads(said) if one["name"] == name)
    found: list[dict[str, Any]] = account["keys"]
    return found


async def test_a_key_is_made_with_scopes_and_an_end_and_listed_by_its_prefix(
    tmp_path: Path,
) -> None:
    await a_store(tmp_path)
    words = ("--scope", "chat", "--scope", "models", "--expires", "30", "--contact", "me@lab")
    code, key, _ = await arena(tmp_path, "providers", "create", "lab", *words)
    (held,) = await keys(tmp_path, "lab")
    assert code == 0 and key.startswith(held["prefix"])
    assert (held["scopes"], held["state"]) == (["chat", "models"], "active")
    listed = (await arena(tmp_path, "providers", "list"))[1]
    assert f"until {held['expires'][:10]}" in listed and key.strip() not in listed


async def test_an_overlap_keeps_the_old_key_and_a_revoked_one_is_told(tmp_path: Path) -> None:
    await a_store(tmp_path)
    old = (await arena(tmp_path, "providers", "create", "lab"))[1]
    said = await arena(tmp_path, "providers", "rotate-key", "lab", "--overlap", "24")
    assert "24 hours more" in said[2]
    assert [key["state"] for key in await keys(tmp_path, "lab")] == ["active", "active"]
    revoked = await arena(tmp_path, "providers", "revoke-key", "lab", old[:13])
    assert revoked[:2] == (0, f"{old[:13]} of lab is revoked.\n")
    assert [key["state"] for key in await keys(tmp_path, "lab")] == ["revoked", "active"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["create", "lab", "--scope", "all"], 1, "'all' is no scope: models, chat"),
        (["create", "lab", "--expires", "0"], 2, "--expires"),
        (["create", "Admin"], 1, "word of the arena's own"),
        (["rotate-key", "lab", "--overlap", "9999"], 2, "--overlap"),
        (["revoke-key", "lab", "agon_00000000"], 1, "no provider is named 'lab'"),
    ],
)
async def test_a_mistake_is_told_in_one_line(
    tmp_path: Path, words: list[str], code: int, told: str
) -> None:
    await a_store(tmp_path)
    got, _, complaint = await arena(tmp_path, "providers", *words)
    assert (got, told in complaint) == (code, True), complaint
    assert "Traceback" not in complaint


async def test_a_site_changes_its_secret_and_loses_nothing(tmp_path: Path) -> None:
    url, old, new = await a_store(tmp_path), Sealer(OLD), Sealer(NEW)
    entry = Entry(name="m", base_url="https://a.example", upstream_model="m", api_key="sesame")
    async with opened(url) as store, store.write() as session:
        key = await create_provider(session, old, "lab")
        await register_model(session, old, await get_provider(session, "lab"), entry)
    env = {"ARENA_SECRET": NEW}
    failed = await arena(tmp_path, "providers", "reseal", env=env)
    assert failed[0] == 1 and "another secret" in failed[2]
    env["ARENA_OLD_SECRETS"] = json.dumps([OLD])
    done = await arena(tmp_path, "providers", "reseal", env=env)
    assert done[:2] == (0, "1 secrets are sealed with the present secret.\n"), done
    async with opened(url) as store, store.read() as session:
        target = await target_of(session, new, await get_model(session, "m"))
        assert target.routes[0].api_key == "sesame"
        await authenticate(session, Sealer(NEW, [OLD]), key, Scope.MODELS)
        with pytest.raises(KeyRefused):
            await authenticate(session, new, key)
