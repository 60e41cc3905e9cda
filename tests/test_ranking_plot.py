"""The picture of a board: every model in it, in order, on paper-white."""

import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ranking import Leaderboard, OptionError, Rating, ReadingError, Votes, interval_plot, rate
from ranking.report import lines, table


def board() -> Leaderboard:
    rows = [("x", "y", "model_a")] * 60 + [("x", "y", "model_b")] * 40
    rows += [("hero", "x", "model_a")] * 7 + [("x", "zero", "model_a")] * 7 + [("x", "new", "tie")]
    return rate(Votes.from_strings(*zip(*rows, strict=True)))


def drawn_text(board: Leaderboard, folder: Path) -> list[str]:
    interval_plot(board, folder / "r.svg")
    return re.findall(r"<text[^>]*>([^<]+)</text>", (folder / "r.svg").read_text())


def test_every_model_is_named_with_its_rank_best_first(tmp_path: Path) -> None:
    text = drawn_text(board(), tmp_path)
    labels = [f"{rating.model}  {rating.rank}" for rating in board().models]
    assert [line for line in text if line in labels] == labels


def test_a_model_without_an_interval_is_marked_provisional(tmp_path: Path) -> None:
    marked = [line for line in drawn_text(board(), tmp_path) if "provisional" in line]
    assert sorted(marked) == sorted(
        f"{rating.rating:.0f} ({rating.votes} vote{'s' * (rating.votes > 1)}, provisional)"
        for rating in board().models
        if rating.lower is None or rating.upper is None
    )


def test_the_same_board_draws_the_same_bytes(tmp_path: Path) -> None:
    interval_plot(board(), tmp_path / "one.svg")
    interval_plot(board(), tmp_path / "two.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


@pytest.mark.parametrize(("ending", "magic"), [(".png", b"\x89PNG"), (".pdf", b"%PDF")])
def test_the_ending_says_which_kind_of_picture(tmp_path: Path, ending: str, magic: bytes) -> None:
    interval_plot(board(), tmp_path / f"r{ending}")
    assert (tmp_path / f"r{ending}").read_bytes().startswith(magic)


def test_names_of_any_script_and_sign_are_drawn(tmp_path: Path) -> None:
    odd = Rating("cost $1$ _x_ ünï", 1000.0, 990.0, 1010.0, 1, 1, 1, 9, 5, 4, 0)
    assert any(
        "cost $1$ _x_ ünï" in line for line in drawn_text(Leaderboard("m", 9, (odd,)), tmp_path)
    )


def test_an_empty_board_is_an_empty_picture(tmp_path: Path) -> None:
    interval_plot(Leaderboard("m", 0, ()), tmp_path / "r.png")
    assert (tmp_path / "r.png").stat().st_size > 0


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"ends in \.svg, \.png, \.pdf, not 'r\.gif'"):
        interval_plot(board(), tmp_path / "r.gif")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match="cannot be written"):
        interval_plot(board(), tmp_path / "none" / "r.svg")


def test_open_bounds_are_words_in_the_table() -> None:
    text = {line.split()[1]: line for line in lines(board())}
    assert "to above" in text["hero"]
    assert "below to" in text["zero"]
    assert " none " in text["new"]


def test_on_a_terminal_the_table_keeps_its_numbers_whole_in_80_columns() -> None:
    console = Console(width=80, record=True, file=StringIO())
    console.print(table(board(), 80))
    text = console.export_text()
    assert "below to" in text
    assert all(f"{rating.rating:.1f}" in text for rating in board().models)
    assert max(map(len, text.splitlines())) <= 80


def test_a_name_that_looks_like_markup_is_shown_as_it_is() -> None:
    odd = Rating("[red]x[/red]", 1000.0, 990.0, 1010.0, 1, 1, 1, 9, 5, 4, 0)
    console = Console(width=120, record=True, file=StringIO())
    console.print(table(Leaderboard("m", 9, (odd,)), 120))
    assert "[red]x[/red]" in console.export_text()
