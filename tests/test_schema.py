"""The schema's history leads from nothing to the code's tables and back, on each database."""

from sqlalchemy import text

from arena.store.schema import differences, downgrade, upgrade
from arena.store.session import opened
from serving.accounts import authenticate
from serving.registry import list_models
from serving.sealing import Sealer

SEALER = Sealer("a secret of the tests")
KEY = "agon_01234567_of-the-first-revision"
OLD_ROWS = (
    "INSERT INTO provider (id, name, key_prefix, key_hash, created) "
    f"VALUES (1, 'lab', 'agon_01234567', '{SEALER.digest(KEY)}', '2026-01-01 00:00:00+00')",
    "INSERT INTO model (id, name, provider_id, state, params, limits, created, changed) VALUES "
    "(1, 'm', 1, 'live', '{}', '{}', '2026-01-01 00:00:00+00', '2026-01-01 00:00:00+00')",
    "INSERT INTO endpoint (id, model_id, base_url, upstream_model, weight) "
    "VALUES (1, 1, 'https://models.example/v1', 'm', 1)",
)


async def test_an_empty_database_is_brought_to_the_codes_schema(empty_database: str) -> None:
    async with opened(empty_database, new=True) as store:
        assert "at revision none" in (await differences(store.engine))[0]
        await upgrade(store.engine)
        assert await differences(store.engine) == []


async def test_upgrading_twice_changes_nothing(empty_database: str) -> None:
    async with opened(empty_database, new=True) as store:
        await upgrade(store.engine)
        await upgrade(store.engine)
        assert await differences(store.engine) == []


async def test_the_schema_goes_down_to_nothing_and_up_again(empty_database: str) -> None:
    async with opened(empty_database, new=True) as store:
        await upgrade(store.engine)
        await downgrade(store.engine, "base")
        assert await differences(store.engine) != []
        await upgrade(store.engine)
        assert await differences(store.engine) == []


async def test_an_old_database_keeps_its_providers_keys_and_models(empty_database: str) -> None:
    async with opened(empty_database, new=True) as store:
        await upgrade(store.engine, "0001")
        async with store.write() as session:
            for row in OLD_ROWS:
                await session.execute(text(row))
        await upgrade(store.engine)
        async with store.read() as session:
            assert (await authenticate(session, SEALER, KEY)).name == "lab"
            (model,) = await list_models(session)
        assert (model.modalities, model.version, model.price) == (["text"], 1, None)
        await downgrade(store.engine, "0001")
        async with store.read() as session:
            kept = await session.execute(text("SELECT key_prefix, key_hash FROM provider"))
            assert kept.one() == ("agon_01234567", SEALER.digest(KEY))
