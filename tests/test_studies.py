"""The job behind style control and robustness: counts, fits, keeps what it found for everybody."""

from itertools import pairwise
from random import Random

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from arena import own_data
from arena.board import Boards
from arena.errors import NotFound
from arena.showing import Views
from arena.signing import Signer
from arena.store import columns, tallies
from arena.store.chain import public_names
from arena.store.schema import downgrade, upgrade
from arena.store.session import Store, opened
from arena.store.tables import Observation, Visitor
from arena.studies import Studies
from serving.tables import now
from tests.board_fixture import closed_battles, contestants
from tests.test_snapshots import KEY

LONG, SHORT = "# Yes\n\n- one\n- two\n\n**sure**", "no"
LOOKS = ("# Yes", "- one\n- two", "**sure** yes", "no", "a longer answer of seven words here")


@pytest.fixture
async def views(store: Store) -> Views:
    """Three contestants who answer in every way and win by chance, looked at by the job."""
    await contestants(store, 3)
    rng = Random(7)
    for _ in range(60):
        pair = rng.sample((1, 2, 3), 2)
        winner = rng.choice(("model_a", "model_b", "tie"))
        looks = (rng.choice(LOOKS), rng.choice(LOOKS))
        await closed_battles(store, [(*pair, winner)], ["code"], answers=looks)  # type: ignore[list-item]
    boards = Boards(store, ["person"], Signer(KEY))
    done = await Studies(store, boards).refresh()
    assert "style overall" in done and "robustness overall" in done
    return Views(store, boards)


async def rows(store: Store) -> list[Observation]:
    async with store.read() as session:
        query = select(Observation).order_by(col(Observation.id))
        return list((await session.execute(query)).scalars())


async def test_style_control_is_a_board_of_its_own(views: Views) -> None:
    plain, controlled = await views.board("overall"), await views.board("overall", True)
    assert [f["name"] for f in controlled["style"]["features"]] == [
        "tokens",
        "headers",
        "lists",
        "bold",
    ]
    assert "controlled for" in controlled["method"] and "controlled" not in plain["method"]
    for row in controlled["models"]:
        before = next(r["rating"] for r in plain["models"] if r["model"] == row["model"])
        assert row["style_delta"] == pytest.approx(row["rating"] - before, abs=0.001)
    assert plain["snapshot"] == controlled["snapshot"]


async def test_robustness_is_told_for_neighbours(views: Views) -> None:
    found = await views.robustness("overall")
    board = [row["model"] for row in (await views.board("overall"))["models"]]
    assert [(pair["above"], pair["below"]) for pair in found["pairs"]] == [*pairwise(board)]
    with pytest.raises(NotFound):
        await views.robustness("nonsense")


async def test_nothing_new_is_not_fitted_again(views: Views, store: Store) -> None:
    studies = Studies(store, Boards(store, ["person"], Signer(KEY)))
    assert await studies.refresh() == []
    await closed_battles(store, [(1, 2, "tie")])
    await studies._boards.refresh()
    assert {name.partition(" ")[0] for name in await studies.refresh()} == {"style", "robustness"}


async def test_style_is_counted_when_the_battle_closes(store: Store) -> None:
    await contestants(store, 2)
    await closed_battles(store, [(1, 2, "model_a")], answers=(LONG, SHORT))
    (seen,) = await rows(store)
    assert (seen.headers_a, seen.lists_a, seen.bold_a, seen.tokens_b) == (1, 2, 1, 1)
    assert (seen.pair_probability, seen.sign, seen.categories) == (0.5, 1, [])


async def test_what_an_older_version_counted_is_counted_again(store: Store) -> None:
    await contestants(store, 2)
    await closed_battles(store, [(1, 2, "model_a")], answers=(LONG, SHORT))
    async with store.write() as session:
        await session.execute(update(Observation).values(counted_by=0, lists_a=None))
    await Studies(store, Boards(store, ["person"], Signer(KEY))).refresh()
    assert [(seen.lists_a, seen.counted_by) for seen in await rows(store)] == [(2, 1)]


async def test_an_erased_visitors_observation_says_who_won_and_no_more(store: Store) -> None:
    await contestants(store, 2)
    await closed_battles(store, [(1, 2, "model_a")], answers=(LONG, SHORT))
    async with store.write() as session:
        visitor = (await session.execute(select(Visitor))).scalar_one()
        await own_data.erase(session, visitor, keep_observations=True)
    (seen,) = await rows(store)
    assert (seen.outcome, seen.tokens_a, seen.language) == ("model_a", None, None)
    assert seen.voted.hour == seen.voted.minute == 0


async def test_what_was_taken_back_is_no_vote(store: Store) -> None:
    await contestants(store, 2)
    await closed_battles(store, [(1, 2, "model_a"), (1, 2, "tie")])
    async with store.write() as session:
        first = next(iter(await tallies.rated(session)))
        await tallies.post(session, tallies.observation(*first), sign=-1)
    async with store.read() as session:
        observed = await columns.read(session, ["person"], await public_names(session), now())
    assert len(observed.votes) == 1


async def test_a_retagged_vote_counts_where_it_stands_now(store: Store) -> None:
    await contestants(store, 2)
    await closed_battles(store, [(1, 2, "model_a")], ["code"])
    async with store.write() as session:
        battle, turn, vote = next(iter(await tallies.rated(session)))
        await tallies.post(session, tallies.observation(battle, turn, vote), sign=-1)
        turn.category_tags = ["maths"]
        await tallies.post(session, tallies.observation(battle, turn, vote))
    async with store.read() as session:
        observed = await columns.read(session, ["person"], await public_names(session), now())
    assert [len(observed.votes_of(name)) for name in ("overall", "code", "maths")] == [1, 0, 1]


async def test_the_votes_of_an_old_database_become_observations(empty_database: str) -> None:
    async with opened(empty_database, new=True) as store:
        await upgrade(store.engine)
        await contestants(store, 2)
        await closed_battles(store, [(1, 2, "model_a")], ["code"], answers=(LONG, SHORT))
        before = [(r.vote_id, r.day, r.categories, r.outcome, r.voted) for r in await rows(store)]
        await downgrade(store.engine, "0002")
        await upgrade(store.engine)
        after = await rows(store)
        assert [(r.vote_id, r.day, r.categories, r.outcome, r.voted) for r in after] == before
        assert [row.counted_by for row in after] == [0]
