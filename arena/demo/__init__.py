"""The demo's world: its facts, a generator of questions, a checker of answers, simulated tastes."""

from arena.demo.answers import FLAWLESS, Manner, answer
from arena.demo.checker import Score, check, judge
from arena.demo.examples import EXAMPLES, NEXT
from arena.demo.facts import Fact, world
from arena.demo.instructions import Instruction
from arena.demo.questions import Question, Split, belongs, draw, held_out
from arena.demo.reading import Asked, read
from arena.demo.taste import TASTES, Taste, decide

__all__ = [
    "EXAMPLES",
    "FLAWLESS",
    "NEXT",
    "TASTES",
    "Asked",
    "Fact",
    "Instruction",
    "Manner",
    "Question",
    "Score",
    "Split",
    "Taste",
    "answer",
    "belongs",
    "check",
    "decide",
    "draw",
    "held_out",
    "judge",
    "read",
    "world",
]
