"""Reading the record: every vote once, of one moment, with what belongs to it; both databases."""

from arena.store.session import Store
from export.record import one_moment, pages, vote_count
from tests.export_fixture import Said, Who, agree, enter, play


async def test_pages_show_the_record_of_one_moment(store: Store) -> None:
    await enter(store, "x", "y")
    for _ in range(3):
        await play(store, Said())
    seen = []
    async with one_moment(store) as session:
        counted = await vote_count(session)
        async for page in pages(session, size=1):
            seen += [voted.vote.id for voted in page]
            await play(store, Said())
    assert counted == 3 and len(set(seen)) == len(seen) == 3
    async with one_moment(store) as session:
        assert await vote_count(session) == 6


async def test_each_vote_comes_with_its_own_turns_and_consents(store: Store) -> None:
    await enter(store, "x", "y")
    turns = [Said("first", winner=None), Said("second", winner="tie"), Said("third")]
    ann, _ = await play(store, *turns)
    await agree(store, ann, publication=False)
    await play(store, Said("alone"), who=Who(publication=False))
    found = {}
    async with one_moment(store) as session:
        async for page in pages(session):
            for voted in page:
                told = [consent.publication for consent in voted.consents]
                found[voted.turn.prompt] = ([turn.prompt for turn in voted.earlier], told)
    assert found == {
        "second": (["first"], [True, False]),
        "third": (["first", "second"], [True, False]),
        "alone": ([], [False]),
    }


async def test_a_record_without_votes_has_no_pages(store: Store) -> None:
    async with one_moment(store) as session:
        assert await vote_count(session) == 0
        assert [page async for page in pages(session)] == []
