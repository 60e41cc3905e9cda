"""What a loop came to: its JSON, its plot, and a short text that claims no more than they show."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from training.fresh import Fought, tally
from training.run import write_json
from training.winrate import Estimate, clustered


@dataclass(frozen=True)
class Generation:
    """One round: the child, how often it beat its parent in fresh battles, and both judged there.

    `win_rate` counts a tie as half, over all battles; `lower` and `upper` bound it. `style` holds
    what else the checker saw, as [parent, child]; `rating` is the child's row of the board.
    """

    name: str
    parent: str
    win_rate: float
    lower: float
    upper: float
    battles: int
    correct_before: float
    correct_after: float
    prompts: int = 0
    interval: str = ""
    ends: dict[str, int] = field(default_factory=dict)
    style: dict[str, tuple[float, float]] = field(default_factory=dict)
    pairs: int = 0
    held_out: dict[str, Any] = field(default_factory=dict)
    rating: dict[str, Any] | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    def line(self) -> dict[str, Any]:
        """What is printed for each generation."""
        names = ("name", "parent", "win_rate", "lower", "upper", "battles")
        return {name: getattr(self, name) for name in (*names, "correct_before", "correct_after")}


@dataclass(frozen=True)
class LoopReport:
    """All generations of one loop, and how it was set up."""

    taste: str
    seed: int
    recipe: dict[str, Any]
    battles: int
    fresh: int
    generations: tuple[Generation, ...]

    def to_dict(self) -> dict[str, Any]:
        """As loop.json holds it."""
        return asdict(self)


def generation(name: str, parent: str, fought: Sequence[Fought], **more: Any) -> Generation:
    """The figures of fresh battles; none is left out."""
    won: Estimate = clustered([one.points for one in fought], [one.prompt for one in fought])
    judged = {
        trait: (
            _mean([getattr(b.parent, trait) for b in fought]),
            _mean([getattr(b.child, trait) for b in fought]),
        )
        for trait in ("correct", "polite", "format", "length", "words")
    }
    before, after = judged.pop("correct")
    return Generation(
        name=name,
        parent=parent,
        win_rate=round(won.mean, 4),
        lower=round(won.lower, 4),
        upper=round(won.upper, 4),
        battles=won.count,
        correct_before=before,
        correct_after=after,
        prompts=won.clusters,
        interval=won.method,
        ends=tally(fought),
        style=judged,
        **more,
    )


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4)


def verdict(one: Generation) -> str:
    """What the interval lets one say."""
    if one.lower > 0.5:
        return "wins more often than it loses"
    if one.upper < 0.5:
        return "loses more often than it wins"
    return "is not told apart from its parent"


def text(report: LoopReport) -> str:
    """The report for a person."""
    liked = "like politeness" if report.taste == "polite" else "do not care for politeness"
    lines = [f"Simulated visitors who {liked} voted in {report.battles} battles a generation."]
    for one in report.generations:
        polite, words = one.style["polite"], one.style["words"]
        lines += [
            f"{one.name} against {one.parent}: {one.win_rate:.1%} "
            f"[{one.lower:.1%}, {one.upper:.1%}] of {one.battles} fresh battles on "
            f"{one.prompts} prompts: it {verdict(one)}.",
            f"  Right answers there: {one.correct_before:.1%} before, {one.correct_after:.1%} "
            f"after; polite {polite[0]:.1%} and {polite[1]:.1%}; words {words[0]:.1f} and "
            f"{words[1]:.1f}.",
        ]
        if one.rating:
            lines.append(
                f"  On the board of this arena: {one.rating['rating']:.0f} "
                f"[{one.rating['lower']:.0f}, {one.rating['upper']:.0f}]."
            )
    lines.append(
        "This is about these visitors' votes in this small world. Ties are half a win, the "
        "interval is clustered by prompt, and no first prompt of a fresh battle was in the "
        "exported pairs."
    )
    return "\n".join(lines)


def write_report(report: LoopReport, folder: Path) -> None:
    """loop.json, loop.txt and loop.png in this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "loop.json", report.to_dict())
    (folder / "loop.txt").write_text(text(report) + "\n", encoding="utf-8")
    _plot(report, folder / "loop.png")


def _plot(report: LoopReport, path: Path) -> None:
    """Win rates with intervals on the left; right answers of parent and child on the right."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    done = report.generations
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    at = range(1, len(done) + 1)
    low = [one.win_rate - one.lower for one in done]
    high = [one.upper - one.win_rate for one in done]
    left.errorbar(
        at, [one.win_rate for one in done], [low, high], fmt="o", capsize=4, color="#1f6f5c"
    )
    left.axhline(0.5, color="#888888", linewidth=1, linestyle="--")
    left.set(title="Win rate over the parent, 95 %", ylabel="win rate, ties half", ylim=(0.35, 0.8))
    wide = 0.36
    right.bar([x - wide / 2 for x in at], [g.correct_before for g in done], wide, color="#b9c4c0")
    right.bar([x + wide / 2 for x in at], [g.correct_after for g in done], wide, color="#1f6f5c")
    right.legend(["parent", "child"], frameon=False, loc="upper left", ncols=2)
    right.set(title="Right answers in the same battles", ylabel="share", ylim=(0, 1))
    for axes in (left, right):
        axes.set_xlim(0.4, len(done) + 0.6)
        axes.set_xticks(list(at), [f"generation {x}" for x in at])
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"Taste {report.taste}, seed {report.seed}", fontsize=11)
    figure.savefig(path, dpi=130)
