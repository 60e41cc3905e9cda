"""`arena rate` as a person calls it: what it prints, and how it ends."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from ranking.cli import parse_anchor, rate
from ranking.errors import OptionError

CSV = "model_a,model_b,winner\n" + "x,y,model_a\n" * 30 + "x,y,model_b\n" * 10 + "z,y,tie\n" * 6
STYLES = ("- x\n", "# h\n", "**b**\n", "word\n")


@pytest.fixture
def votes(tmp_path: Path) -> Path:
    path = tmp_path / "votes.csv"
    path.write_text(CSV)
    return path


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(rate)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_json_is_one_object_sorted_by_rating(votes: Path) -> None:
    done = run(votes, "--json")
    board = json.loads(done.stdout)
    assert done.exit_code == 0
    assert board["votes"] == 46
    assert [model["model"] for model in board["models"]] == ["x", "y", "z"]
    assert board["models"][0]["rank"] == 1


def test_elsewhere_than_on_a_terminal_it_prints_aligned_lines(votes: Path) -> None:
    done = run(votes)
    lines = done.stdout.splitlines()
    assert lines[0].split()[:3] == ["rank", "model", "rating"]
    assert lines[1].split()[:2] == ["1", "x"]
    assert lines[-1].startswith("46 votes; Bradley-Terry")
    assert "\x1b" not in done.stdout


def test_warnings_stand_apart_from_the_board(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text("model_a,model_b,winner\nx,y,model_a\n")
    done = run(path)
    assert "warning: no interval below 5 votes" in done.stderr
    assert "warning" not in done.stdout


@pytest.mark.parametrize(
    "options",
    [
        ["--ties", "davidson"],
        ["--ties", "rao-kupper"],
        ["--weights", "pair"],
        ["--bootstrap", "10", "--seed", "3"],
        ["--anchor", "x=1114"],
        ["--min-votes", "10"],
    ],
)
def test_every_option_ends_well(votes: Path, options: list[str]) -> None:
    done = run(votes, "--json", *options)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["models"]


def test_an_anchor_gives_its_model_its_rating(votes: Path) -> None:
    board = json.loads(run(votes, "--json", "--anchor", "y=1114.5").stdout)
    assert {m["model"]: m["rating"] for m in board["models"]}["y"] == 1114.5


def test_voters_probabilities_and_categories_are_read_from_their_columns(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    rows = "x,y,model_a,u,0.5,code\nx,y,model_b,v,0.5,math\ny,x,tie,w,0.25,code\n"
    path.write_text("model_a,model_b,winner,judge,pair_probability,category_tag\n" + rows)
    assert run(path, "--cluster", "voter").exit_code == 0
    assert run(path, "--weights", "inverse-propensity").exit_code == 0
    assert json.loads(run(path, "--category", "code", "--json").stdout)["votes"] == 2


def test_style_and_covariates_are_read_and_their_coefficients_told(tmp_path: Path) -> None:
    path = tmp_path / "v.jsonl"
    rng, lines = random.Random(1), []
    for _ in range(400):
        a, b = rng.sample("xyz", 2)
        texts = ["".join(one * rng.randint(0, 3) for one in STYLES) for _ in range(2)]
        winner = rng.choice(["model_a", "model_b"])
        row = {"model_a": a, "model_b": b, "winner": winner, "seconds": rng.random() - 0.5}
        for side, text in zip("ab", texts, strict=True):
            row[f"conversation_{side}"] = [{"role": "assistant", "content": text}]
        lines.append(json.dumps(row))
    path.write_text("\n".join(lines))
    done = run(path, "--style", "--covariate", "seconds", "--json")
    names = [worth["name"] for worth in json.loads(done.stdout)["style"]]
    assert names == ["tokens", "headers", "lists", "bold", "seconds"]
    assert "seconds: " in run(path, "--covariate", "seconds").stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("content", "options", "code", "said"),
    [
        (CSV, ["--anchor", "nobody=1"], 2, "the anchor 'nobody' is not among the 3 models"),
        (CSV, ["--anchor", "x"], 2, "--anchor takes MODEL=RATING, not 'x'"),
        (CSV, ["--anchor", "x=nan"], 2, "--anchor takes MODEL=RATING"),
        (CSV, ["--style"], 1, "no tokens, headers, lists, bold for style control"),
        (CSV, ["--covariate", "speed"], 1, "no column speed, nor speed_a and speed_b"),
        (CSV, ["--ties", "quarter"], 2, "quarter"),
        (CSV, ["--weights", "heavy"], 2, "heavy"),
        (CSV, ["--bootstrap", "-1"], 2, "--bootstrap"),
        (CSV, ["--nonsense"], 2, "nonsense"),
        (CSV, ["--plot", "ratings.gif"], 2, "a plot ends in .svg, .png, .pdf"),
        (CSV, ["--plot", "no/such/folder/r.svg"], 1, "cannot be written"),
        (CSV, ["--cluster", "voter"], 1, "has no column judge"),
        (CSV, ["--weights", "inverse-propensity"], 1, "has no column pair_probability"),
        (CSV, ["--category", "math"], 1, "has no column category_tag"),
        (CSV.replace("tie", "draw"), [], 1, "row 41: unknown winner 'draw'"),
        (CSV.replace("winner", "vote", 1), [], 1, "has no column winner; it has model_a, model_b"),
        ("", [], 1, "is empty"),
    ],
)
def test_what_a_person_can_get_wrong_ends_in_a_line_and_a_code(
    tmp_path: Path, content: str, options: list[str], code: int, said: str
) -> None:
    path = tmp_path / "votes.csv"
    path.write_text(content)
    done = run(path, *options)
    assert done.exit_code == code
    assert said in done.stderr
    assert "Traceback" not in done.output
    assert not done.stdout


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    done = run(tmp_path / "votes.csv")
    assert done.exit_code == 1
    assert done.stderr.endswith("votes.csv: there is no such file\n")


DATABASE = """
from ranking import RankingError, Votes

def load(category=None, rows=False):
    if category == "broken":
        raise RankingError("the database is asleep; wake it")
    return Votes.from_strings(["x", "y"], ["y", category or "z"], ["tie", "tie"])
"""


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ([], 0, '"model": "z"'),
        (["--category", "code"], 0, '"model": "code"'),
        (["--category", "broken"], 1, "arena rate: the database is asleep; wake it"),
        (["--cluster", "voter"], 2, "need votes that name their voter"),
        (["--covariate", "speed"], 2, "arena rate: --covariate needs a file of votes"),
        (["--style"], 2, "needs votes that carry covariates"),
    ],
)
def test_without_a_file_the_votes_come_from_the_installed_database(
    tmp_path: Path, options: list[str], code: int, said: str
) -> None:
    """An installed package is a folder on the path that says what it offers."""
    (tmp_path / "an_arena.py").write_text(DATABASE)
    told = tmp_path / "an_arena-1.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: an-arena\nVersion: 1\n")
    (told / "entry_points.txt").write_text("[arena.votes]\ndatabase = an_arena:load\n")
    path = f"import sys; sys.path[:0] = [{str(tmp_path)!r}]"
    call = f"{path}; import typer; from ranking.cli import rate; typer.run(rate)"
    command = [sys.executable, "-c", call, "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, said in done.stdout + done.stderr) == (code, True)


def test_a_plot_is_drawn_beside_the_board(votes: Path, tmp_path: Path) -> None:
    done = run(votes, "--json", "--plot", tmp_path / "ratings.svg")
    assert json.loads(done.stdout)["votes"] == 46
    assert (tmp_path / "ratings.svg").read_text().startswith("<?xml")


def test_help_shows_an_example() -> None:
    done = run("--help")
    assert done.exit_code == 0
    assert "arena rate votes.parquet" in done.stdout


def test_importing_the_command_loads_nothing_heavy() -> None:
    code = "import sys, ranking.cli; print([m for m in sys.modules if m in sys.argv[1:]])"
    heavy = ["numpy", "pyarrow", "scipy", "matplotlib", "pandas"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("text", "anchor"), [("x=1000", ("x", 1000.0)), ("a=b=-3.5", ("a=b", -3.5))]
)
def test_an_anchor_is_divided_at_its_last_equals_sign(text: str, anchor: tuple[str, float]) -> None:
    assert parse_anchor(text) == anchor


@pytest.mark.parametrize("text", ["", "x", "=5", "x=", "x=inf", "x=one"])
def test_an_anchor_without_model_or_number_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="MODEL=RATING"):
        parse_anchor(text)


def test_two_models_are_compared_beside_the_board(votes: Path) -> None:
    said = json.loads(run(votes, "--contrast", "x", "y", "--json").stdout)["contrast"]
    assert (said["first"], said["battles"], said["wins"]) == ("x", 40, 30)
    assert said["lower"] < said["difference"] < said["upper"]
    spoken = run(votes, "--contrast", "x", "y").stdout
    assert "x less y: +190.8" in spoken
    assert "chance that x is truly the stronger" in spoken


def test_a_contrast_with_a_model_nobody_knows_is_wrong_usage(votes: Path) -> None:
    done = run(votes, "--contrast", "x", "nobody")
    assert (done.exit_code, "'nobody' is not among" in done.stderr) == (2, True)


def test_robustness_says_how_few_votes_swap_neighbours(votes: Path) -> None:
    said = json.loads(run(votes, "--robustness", "--json").stdout)["robustness"]
    assert (
        said["first"]
        == said["pairs"][0]
        == {
            "above": "x",
            "below": "y",
            "drop": 21,
            "flip": 11,
            "votes": 46,
        }
    )
    assert "y above x by 21 votes dropped or 11 votes flipped" in run(votes, "--robustness").stdout


@pytest.fixture
def dated(tmp_path: Path) -> Path:
    path = tmp_path / "dated.csv"
    days = [f"x,y,model_{side},2025-06-0{day}T10:00:00Z\n" for side, day in (("a", 1), ("b", 2))]
    path.write_text("model_a,model_b,winner,timestamp\n" + days[0] * 9 + days[1] * 9)
    return path


def test_a_half_life_lets_late_votes_decide(dated: Path) -> None:
    even = json.loads(run(dated, "--json").stdout)
    late = json.loads(run(dated, "--half-life", "1", "--json").stdout)
    assert {model["rating"] for model in even["models"]} == {1000.0}
    assert late["models"][0]["model"] == "y"
    assert "half-life 1 days" in late["method"]


def test_a_history_is_written_with_a_line_a_day_and_model(dated: Path, tmp_path: Path) -> None:
    done = run(dated, "--history", tmp_path / "history.csv")
    lines = (tmp_path / "history.csv").read_text().splitlines()
    assert done.exit_code == 0
    assert lines[0] == "time,model,rating,lower,upper"
    assert lines[1].startswith("2025-06-02T00:00:00+00:00,x,1")
    assert len(lines) == 5
    assert lines[1].endswith(",")  # x only won on the first day: no upper bound


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--history", "h.csv", "--weights", "pair"], "leave --weights pair out"),
        (["--half-life", "0"], "above 0"),
    ],
)
def test_options_of_time_that_do_not_fit_are_wrong_usage(
    dated: Path, options: list[str], said: str
) -> None:
    done = run(dated, *options)
    assert (done.exit_code, said in done.stderr) == (2, True)
