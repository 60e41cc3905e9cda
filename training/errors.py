"""What can go wrong in this room, each with the one line a person is told.

TrainingError
├── BadRecipe      a recipe that cannot be meant: an unknown key, a wrong type, a value out of range
├── BadData        a dataset folder that cannot be trained on
├── BadRun         a run folder that is not what a command needs
├── BadAdapter     an adapter that does not fit its base
├── EntryFailed    the arena or its engine did not take a contestant; what was done is undone
└── LoopFailed     the circle stopped; nothing is left half entered
"""


class TrainingError(Exception):
    """The root of this room's errors; the message is one line for a person."""


class BadRecipe(TrainingError):
    """A recipe that cannot be meant; the message names the key."""


class BadData(TrainingError):
    """A dataset folder that is empty, one-sided, changed or damaged."""


class BadRun(TrainingError):
    """A run folder that is missing, unfinished, or in the way."""


class BadAdapter(TrainingError):
    """An adapter that is not there, or was made for another base."""


class EntryFailed(TrainingError):
    """The arena or its engine did not take the contestant; nothing of it is left behind."""


class LoopFailed(TrainingError):
    """The circle could not go on; the message says at which step and why."""
