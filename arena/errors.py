"""What can go wrong in the arena, each with the HTTP status it is answered with.

ArenaError
├── NotFound            404  no such battle, turn or snapshot, or not this visitor's
├── ConsentMissing      403  the current terms were not accepted
├── Conflict            409  the battle or turn is in a state that does not allow this
├── Unacceptable        422  the words are wrong: an empty prompt, an unknown winner
├── OverLimit           429  too much, too fast; carries when to come back
├── NoPairLive          503  fewer than two contestants are live
└── Misconfigured       a setting or a command's argument cannot be used (exit 1)
"""


class ArenaError(Exception):
    """Base of the room's errors; the message is one line for the person who caused it."""

    status = 500
    title = "The arena failed"


class NotFound(ArenaError):
    """What was asked for does not exist, or belongs to someone else."""

    status = 404
    title = "Not found"


class ConsentMissing(ArenaError):
    """The visitor has not accepted the current terms."""

    status = 403
    title = "Consent needed"


class Conflict(ArenaError):
    """The battle, turn or vote is in a state that does not allow this."""

    status = 409
    title = "Not possible now"


class Unacceptable(ArenaError):
    """The request is well formed and cannot be used."""

    status = 422
    title = "Not acceptable"


class OverLimit(ArenaError):
    """A limit was reached. `retry_after` is in seconds."""

    status = 429
    title = "Too many requests"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NoPairLive(ArenaError):
    """Fewer than two contestants can answer at the moment."""

    status = 503
    title = "No contestants"


class Misconfigured(ArenaError):
    """A setting or an argument cannot be used."""

    title = "Configuration"
