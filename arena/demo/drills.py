"""Templates of the demo's world for sums, sequences, lists, riddles, jokes and small talk."""

from arena.demo.templates import Wording


def _next(thing: str, after: str, noun: str) -> Wording:
    which = "What number" if thing == "number" else f"Which {thing}"
    return Wording(
        known=(
            f"{which} comes {after} {{s}}?",
            f"{which} is {noun} {{s}}?",
            f"What comes {after} {{s}}?",
            f"Tell me the {thing} {after} {{s}}.",
            f"Name the {thing} {after} {{s}}.",
            f"What is the {thing} {after} {{s}}?",
            f"Do you know the {thing} {after} {{s}}?",
        ),
        unseen=(
            f"Say the {thing} that comes {after} {{s}}.",
            f"What {thing} do I get {after} {{s}}?",
        ),
        sentences=(f"{{v}} comes {after} {{s}}.", f"The {thing} {after} {{s}} is {{v}}."),
    )


DRILLS: dict[str, Wording] = {
    "sum": Wording(
        (
            "What is {s}?",
            "How much is {s}?",
            "What is {b}?",
            "How much is {b}?",
            "Tell me what {s} is.",
            "Add up {s}.",
            "What do you get from {b}?",
        ),
        ("{s} makes what?", "Work out {b}."),
        ("{s} is {v}.", "{b} is {v}.", "{s} = {v}."),
    ),
    "twice": Wording(
        (
            "What is twice {s}?",
            "How much is twice {s}?",
            "What is the double of {s}?",
            "Double {s}.",
            "Tell me the double of {s}.",
            "What is two times {s}?",
        ),
        ("Make {s} twice as much.", "What do I get when I double {s}?"),
        ("Twice {s} is {v}.", "The double of {s} is {v}."),
    ),
    "half": Wording(
        (
            "What is half of {s}?",
            "How much is half of {s}?",
            "What is the half of {s}?",
            "Halve {s}.",
            "Tell me the half of {s}.",
            "What is {s} cut in two?",
        ),
        ("Split {s} in two.", "What do I get when I halve {s}?"),
        ("Half of {s} is {v}.", "The half of {s} is {v}."),
    ),
    "next number": _next("number", "after", "next after"),
    "previous number": _next("number", "before", "right before"),
    "next day": _next("day", "after", "next after"),
    "previous day": _next("day", "before", "right before"),
    "next month": _next("month", "after", "next after"),
    "previous month": _next("month", "before", "right before"),
    "list": Wording(
        (
            "Name {s}.",
            "Tell me {s}.",
            "Give me {s}.",
            "Can you name {s}?",
            "Please name {s}.",
            "What are {s}?",
            "I want to know {s}.",
        ),
        ("Think of {s}.", "Say {s}."),
        ("{s} are {v}.", "Here are {s}: {v}."),
    ),
    "count": Wording(
        (
            "Count {s}.",
            "Please count {s}.",
            "Can you count {s}?",
            "I want you to count {s}.",
            "Show me how to count {s}.",
            "Let me hear you count {s}.",
        ),
        ("Try to count {s}.", "Count for me {s}."),
        ("I count {s}: {v}.", "Here we go: {v}."),
    ),
    "riddle": Wording(
        (
            "{s}",
            "Riddle: {s}",
            "Here is a riddle: {s}",
            "Can you solve this? {s}",
            "Guess: {s}",
            "A riddle for you: {s}",
        ),
        ("Think hard: {s}", "My aunt asks: {s}"),
        ("It is {p}.", "The answer is {p}."),
        follow=False,
    ),
    "joke": Wording(
        (
            "Tell me a joke about {s}.",
            "Do you know a joke about {s}?",
            "Give me a joke about {s}.",
            "A joke about {s}, please.",
            "Make a joke about {s}.",
            "Make me laugh about {s}.",
        ),
        ("I want to laugh about {s}.", "What is funny about {s}?"),
        ("{v}",),
        follow=False,
    ),
    "smalltalk": Wording((), (), ("{v}",), follow=False),
    "beyond": Wording(
        (
            "Write {s}.",
            "Can you write {s}?",
            "Tell me about {s}.",
            "Explain {s}.",
            "Help me with {s}.",
            "I need {s}.",
            "What do you think about {s}?",
        ),
        ("Give me {s}.", "Make {s} for me."),
        ("{v}",),
        follow=False,
    ),
}
