"""The schema's history leads from nothing to the code's tables and back, on each database."""

from arena.store.schema import differences, downgrade, upgrade
from arena.store.session import opened


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
