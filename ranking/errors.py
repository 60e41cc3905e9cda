"""What can go wrong between votes and a leaderboard.

RankingError
├── VotesError      the votes themselves are wrong; names the row where there is one
├── ReadingError    a file of votes cannot be read; names the file
├── OptionError     what was asked for does not fit the votes or another option (wrong usage)
└── FitError        the ratings could not be computed
"""


class RankingError(Exception):
    """Anything this room refuses, in one line that says what to do about it."""


class VotesError(RankingError):
    """A vote that means nothing: unknown winner, missing name, a model against itself."""

    def __init__(self, problem: str, row: int | None = None) -> None:
        self.problem = problem
        self.row = row
        super().__init__(problem if row is None else f"row {row}: {problem}")


class ReadingError(RankingError):
    """A file that does not hold votes we can read."""

    def __init__(self, path: object, problem: str) -> None:
        self.path = str(path)
        self.problem = problem
        super().__init__(f"{self.path}: {problem}")


class OptionError(RankingError):
    """An option that cannot be honoured with these votes."""


class FitError(RankingError):
    """The iterations did not reach an answer."""
