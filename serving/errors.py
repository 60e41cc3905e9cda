"""What can go wrong in this room, and whose fault it was.

    ServingError
        GatewayError              an answer could not be streamed
            NoRoute               ours: the model has no endpoint
            Busy                  ours: one of the model's own limits is reached
                SpentForToday     its tokens of the day are spent
            TooLong               the caller's: the prompt alone does not fit the model
            Unreachable           the contestant's: no connection
            TimedOut              the contestant's: connect, first-token, idle or total
            UpstreamRefused       the contestant's, or the caller's for a prompt it cannot take
            UpstreamBroke         the contestant's: the stream broke off
            Malformed             the contestant's: not the chat protocol
        AddressRefused            the dial policy forbids this address
        RegistryError
            NameTaken             another contestant has this name
            NotFound              no such provider or model
            WrongState            the state does not allow this change
            KeyRefused            the provider key is unknown, expired, revoked or disabled
            ScopeMissing          the provider key is good and does not open this
            Stale                 it has changed since it was read
            Unfit                 what is asked does not fit what is held
            SealBroken            a stored secret cannot be opened with this secret
        EngineError               a model server could not be started or asked
            EngineMissing         the engine's environment or the model's folder is not there
            EngineMisconfigured   what it is asked for cannot be, or undoes what the arena sets
            EngineDied            it stopped, or never became healthy

`title` of a GatewayError may be shown to a visitor: it names no model and no address. The message
of the exception (`str`) is for the log.
"""

from typing import Literal

Fault = Literal["ours", "contestant", "caller"]
Phase = Literal["connect", "first-token", "idle", "total"]

CALLER_STATUS = frozenset({400, 413, 422})


class ServingError(Exception):
    """Anything this room reports."""


class GatewayError(ServingError):
    """An answer could not be streamed; `endpoint` is the id of the one that was asked last."""

    title = "The model could not answer."
    fault: Fault = "contestant"
    endpoint: int | None = None


class NoRoute(GatewayError):
    title = "The model has no server at the moment."
    fault: Fault = "ours"


class Busy(GatewayError):
    """A limit is reached; `retry_after` in seconds, None where nobody can say."""

    title = "The model is busy. Try again in a moment."
    fault: Fault = "ours"

    def __init__(self, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class SpentForToday(Busy):
    title = "The model has answered as much as it may today. Try again tomorrow."


class TooLong(GatewayError):
    title = "This prompt is too long for the model."
    fault: Fault = "caller"


class Unreachable(GatewayError):
    title = "The model's server could not be reached."


class TimedOut(GatewayError):
    title = "The model took too long."

    def __init__(self, phase: Phase, detail: str) -> None:
        super().__init__(f"{detail}: timed out ({phase})")
        self.phase = phase


class UpstreamRefused(GatewayError):
    """Any HTTP status but 200; `retry_after` in seconds where the upstream gave one."""

    def __init__(self, status: int, detail: str, retry_after: float | None = None) -> None:
        super().__init__(f"{detail}: HTTP {status}")
        self.status = status
        self.retry_after = retry_after
        self.fault = "caller" if status in CALLER_STATUS else "contestant"
        self.title = REFUSALS.get(status, "The model's server refused to answer.")


REFUSALS = {
    429: "The model is busy. Try again in a moment.",
    **dict.fromkeys(CALLER_STATUS, "The model could not take this prompt."),
}


class UpstreamBroke(GatewayError):
    title = "The model's answer broke off."


class Malformed(GatewayError):
    title = "The model's server sent something that is not an answer."


class AddressRefused(ServingError):
    """The dial policy forbids this address; the message may be shown to the one who entered it."""


class RegistryError(ServingError):
    """A contestant or a provider could not be read or changed as asked."""


class NameTaken(RegistryError):
    """Another contestant, or this one with other content, already has the name."""


class NotFound(RegistryError):
    """No such provider or model, or not this provider's."""


class WrongState(RegistryError):
    """The model's state does not allow the change."""


class KeyRefused(RegistryError):
    """The provider key is unknown, expired or revoked, or its provider is disabled."""


class ScopeMissing(RegistryError):
    """The provider key is good, and what is asked is not among its scopes."""


class Stale(RegistryError):
    """The change was made to another version than the present one."""


class Unfit(RegistryError):
    """What is asked is well formed and does not fit what is held."""


class SealBroken(RegistryError):
    """A stored secret was sealed with another secret than the one given."""


class EngineError(ServingError):
    """A model server could not be started or asked."""


class EngineMisconfigured(EngineError):
    """The engine's configuration asks for what cannot be, or undoes what the arena sets."""


class EngineMissing(EngineError):
    """The engine's environment, the model's folder or an adapter's folder is not there."""


class EngineDied(EngineError):
    """The engine stopped or never became healthy; the message ends with its last log lines."""
