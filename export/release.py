"""Makes a release: reads every vote once, drops with a reason or cleans, sorts, writes, describes.

The functions to call are `battles` and `preferences`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from arena.store.session import Store
from export import battle_rows, pairs, record
from export.entries import TEST, TRAIN, Entry, Means
from export.errors import NothingLeft
from export.files import DataFile, Split
from export.folder import workshop
from export.manifest import describe
from export.options import Options
from export.public_ids import PublicIds
from export.reasons import MEANINGS, PAIR_RULES, RECORD_RULES, REMEDIES, Reason, Rule, first_reason
from export.record import Voted
from export.schema import BattleRow, PreferenceRow, Row, schema
from export.spill import Spill
from export.summary import Source, Summary
from serving.release import hidden
from serving.sealing import Sealer

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Dataset:
    """What differs between the datasets: rules, how a vote becomes a row, how rows end up."""

    name: str
    row: Row
    splits: tuple[str, ...]
    reasons: tuple[Reason, ...]
    rules: Mapping[Reason, Rule]
    entry: Callable[[Voted, Means], Entry | Reason]
    order: Callable[[Entry, str], str]
    finish: Callable[[Spill, PublicIds, Counter[str]], Iterator[Entry]]


BATTLES = Dataset(
    name="battles",
    row=BattleRow,
    splits=(TRAIN,),
    reasons=tuple(RECORD_RULES),
    rules=RECORD_RULES,
    entry=battle_rows.entry,
    order=lambda entry, vote_id: vote_id,
    finish=battle_rows.finish,
)
PREFERENCES = Dataset(
    name="preferences",
    row=PreferenceRow,
    splits=(TRAIN, TEST),
    reasons=tuple(Reason),
    rules=PAIR_RULES,
    entry=pairs.entry,
    order=pairs.order,
    finish=pairs.finish,
)


@dataclass(frozen=True, slots=True)
class Written:
    """The data files and what was counted while they were written."""

    files: tuple[DataFile, ...]
    rows: Mapping[str, int]
    redacted: Mapping[str, int]
    answers: Mapping[str, int]


async def battles(
    store: Store,
    sealer: Sealer,
    out: Path,
    options: Options = Options(),
    progress: Progress | None = None,
) -> Summary:
    """Write one row for each vote that may leave into a new dataset folder `out`.

    `sealer` gives the key of the public ids; `progress` hears votes seen and votes in all. Works
    on the calling thread: other tasks of the same loop wait.

    Raises:
        Unusable: the folder is not free.
        NothingLeft: no vote may leave; nothing is written.
    """
    return await _release(BATTLES, store, sealer, out, options, progress)


async def preferences(
    store: Store,
    sealer: Sealer,
    out: Path,
    options: Options = Options(),
    progress: Progress | None = None,
) -> Summary:
    """Write pairs of answers, split by prompt, into a new dataset folder `out`; as `battles`."""
    return await _release(PREFERENCES, store, sealer, out, options, progress)


async def _release(
    dataset: Dataset,
    store: Store,
    sealer: Sealer,
    out: Path,
    options: Options,
    progress: Progress | None,
) -> Summary:
    dropped: Counter[str] = Counter(dict.fromkeys(dataset.reasons, 0))
    with workshop(out, options.overwrite) as (folder, scratch):
        spill = Spill(scratch / "rows")
        async with record.one_moment(store) as session:
            means = Means(await record.contestants(session), PublicIds(sealer), options)
            seen = await _collect(dataset, session, means, spill, dropped, progress)
        written = _write(dataset, dataset.finish(spill, means.ids, dropped), folder, options)
        if not written.files:
            raise NothingLeft(_why_nothing(dropped, seen), _plain(dropped))
        summary = Summary(
            dataset=dataset.name,
            folder=out,
            options=options,
            seen=seen,
            rows=written.rows,
            dropped=_plain(dropped),
            redacted=dict(sorted(written.redacted.items())),
            files=written.files,
            sources=_sources(means, written.answers),
        )
        describe(summary, dataset.row, folder)
    return summary


async def _collect(
    dataset: Dataset,
    session: AsyncSession,
    means: Means,
    spill: Spill,
    dropped: Counter[str],
    progress: Progress | None,
) -> int:
    """Every vote into the spill or under its reason; how many there were."""
    seen, total = 0, await record.vote_count(session)
    async for page in record.pages(session):
        for voted in page:
            found = first_reason(voted, means.options, dataset.rules) or dataset.entry(voted, means)
            if isinstance(found, Reason):
                dropped[found] += 1
            else:
                public = means.ids.of("vote", voted.vote.id)
                spill.add(dataset.order(found, public), found.to_list())
        seen += len(page)
        if progress is not None:
            progress(seen, total)
    return seen


def _write(dataset: Dataset, entries: Iterator[Entry], folder: Path, options: Options) -> Written:
    """The data files, and what can be counted only as the rows go by."""
    data = folder / "data"
    data.mkdir()
    made = schema(dataset.row)
    splits = {name: Split(data, name, made, options.format) for name in dataset.splits}
    redacted: Counter[str] = Counter()
    answers: Counter[str] = Counter()
    try:
        for entry in entries:
            splits[entry.split].add(entry.row)
            redacted.update(entry.found)
            answers.update(entry.row[name] for name in entry.row if name.startswith("model_"))
        files = tuple(file for split in splits.values() for file in split.close())
    finally:
        for split in splits.values():
            split.abandon()
    return Written(files, {name: split.rows for name, split in splits.items()}, redacted, answers)


def _sources(means: Means, answers: Mapping[str, int]) -> tuple[Source, ...]:
    """Whose answers the rows hold; of a contestant under an alias no more than that is told."""
    known = {means.public_name(code): model for code, model in means.models.items()}
    told = {
        name: (None, None) if hidden(model) else (model.organization, model.license)
        for name, model in known.items()
    }
    return tuple(Source(name, *told[name], answers[name]) for name in sorted(answers))


def _plain(dropped: Mapping[str, int]) -> dict[str, int]:
    return {str(reason): count for reason, count in dropped.items()}


def _why_nothing(dropped: Mapping[str, int], seen: int) -> str:
    if not seen:
        return "there are no votes to export yet"
    most = max(MEANINGS, key=lambda reason: dropped.get(reason, 0))
    words = f"nothing is left to export: {dropped[most]:,} of {seen:,} votes are {most}"
    remedy = REMEDIES.get(most)
    return f"{words} ({MEANINGS[most]})" + (f"; {remedy}" if remedy else "")
