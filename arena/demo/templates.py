"""Templates of the demo's world for animals, places and words: prompts known, unseen, answers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """Templates of one kind; slots: s subject, b bare subject, v value, p value as a phrase.

    `unseen` prompts are never trained on; `follow` says whether "And {s}?" makes sense after one.
    """

    known: tuple[str, ...]
    unseen: tuple[str, ...]
    sentences: tuple[str, ...]
    follow: bool = True


TEMPLATES: dict[str, Wording] = {
    "colour": Wording(
        (
            "What colour is {s}?",
            "Which colour is {s}?",
            "What is the colour of {s}?",
            "Tell me the colour of {s}.",
            "Do you know the colour of {s}?",
            "Name the colour of {s}.",
            "Can you say what colour {s} is?",
        ),
        ("I wonder what colour {s} is.", "{s}: what colour?"),
        ("{s} is {v}.", "The colour of {s} is {v}."),
    ),
    "sound": Wording(
        (
            "What does {s} say?",
            "What sound does {s} make?",
            "Which sound does {s} make?",
            "Tell me what {s} says.",
            "Do you know what {s} says?",
            "How does {s} sound?",
            "What is the sound of {s}?",
        ),
        ("What noise does {s} make?", "I forgot what {s} says."),
        ("{s} says {v}.", "The sound of {s} is {v}."),
    ),
    "home": Wording(
        (
            "Where does {s} live?",
            "Where is the home of {s}?",
            "What is the home of {s}?",
            "Tell me where {s} lives.",
            "Do you know where {s} lives?",
            "Where can I find {s}?",
            "Where would I look for {s}?",
        ),
        ("In what place does {s} live?", "I am looking for {s}. Where is it?"),
        ("{s} lives {p}.", "You can find {s} {p}."),
    ),
    "food": Wording(
        (
            "What does {s} eat?",
            "What is the food of {s}?",
            "Tell me what {s} eats.",
            "Do you know what {s} eats?",
            "What can I feed {s}?",
            "What does {s} like to eat?",
            "Which food does {s} eat?",
        ),
        ("What should I give {s} for dinner?", "What do you feed to {s}?"),
        ("{s} eats {v}.", "The food of {s} is {v}."),
    ),
    "legs": Wording(
        (
            "How many legs does {s} have?",
            "How many legs has {s}?",
            "What number of legs does {s} have?",
            "Tell me how many legs {s} has.",
            "Do you know how many legs {s} has?",
            "Count the legs of {s}.",
            "On how many legs does {s} walk?",
        ),
        ("How many legs are on {s}?", "I wonder how many legs {s} has."),
        ("{s} has {p}.", "{s} walks on {p}."),
    ),
    "young": Wording(
        (
            "What is a baby {b} called?",
            "What do you call a baby {b}?",
            "What is the young of {s}?",
            "Tell me the name of a baby {b}.",
            "Do you know the name of a baby {b}?",
            "What is a young {b} called?",
            "How is a baby {b} called?",
        ),
        ("Which word means a baby {b}?", "What is a small {b} named?"),
        ("A baby {b} is {p}.", "The young of {s} is {p}."),
    ),
    "capital": Wording(
        (
            "What is the capital of {s}?",
            "Which town is the capital of {s}?",
            "What is the main town of {s}?",
            "Tell me the capital of {s}.",
            "Name the capital of {s}.",
            "Do you know the capital of {s}?",
            "What town is the capital of {s}?",
        ),
        ("I need the capital of {s}.", "{s} has which capital?"),
        ("The capital of {s} is {v}.", "{v} is the capital of {s}."),
    ),
    "ruler": Wording(
        (
            "Who rules {s}?",
            "Who is the ruler of {s}?",
            "Tell me who rules {s}.",
            "Name the ruler of {s}.",
            "Do you know who rules {s}?",
            "Who is in charge of {s}?",
            "Whom do they obey in {s}?",
        ),
        ("Who reigns over {s}?", "I want to meet the ruler of {s}."),
        ("The ruler of {s} is {v}.", "{v} rules {s}."),
    ),
    "dish": Wording(
        (
            "What do people eat in {s}?",
            "What is the dish of {s}?",
            "What is for dinner in {s}?",
            "Tell me the dish of {s}.",
            "Name the dish of {s}.",
            "What do they cook in {s}?",
            "Which dish is from {s}?",
        ),
        ("I am hungry in {s}. What is there?", "What is served in {s}?"),
        ("People in {s} eat {v}.", "The dish of {s} is {v}."),
    ),
    "guard": Wording(
        (
            "Who guards {s}?",
            "What guards {s}?",
            "Who is the guardian of {s}?",
            "Tell me who guards {s}.",
            "Name the guardian of {s}.",
            "Do you know who guards {s}?",
            "Who keeps {s} safe?",
        ),
        ("Who protects {s}?", "What stands guard over {s}?"),
        ("{s} is guarded by {p}.", "The guardian of {s} is {p}."),
    ),
    "opposite": Wording(
        (
            "What is the opposite of {s}?",
            "Tell me the opposite of {s}.",
            "Name the opposite of {s}.",
            "Do you know the opposite of {s}?",
            "Which word is the opposite of {s}?",
            "What is not {s} but the opposite?",
            "Give me the opposite of {s}.",
        ),
        ("Turn {s} around.", "If it is not {s}, what is it?"),
        ("The opposite of {s} is {v}.", "{v} is the opposite of {s}."),
    ),
    "rhyme": Wording(
        (
            "What rhymes with {s}?",
            "Which word rhymes with {s}?",
            "Tell me a rhyme for {s}.",
            "Give me a rhyme for {s}.",
            "Find a rhyme for {s}.",
            "Do you know a rhyme for {s}?",
            "What is a rhyme for {s}?",
        ),
        ("I need a rhyme for {s}.", "Which word sounds like {s}?"),
        ("{v} rhymes with {s}.", "A rhyme for {s} is {v}."),
    ),
    "plural": Wording(
        (
            "What is the plural of {s}?",
            "Tell me the plural of {s}.",
            "Name the plural of {s}.",
            "Do you know the plural of {s}?",
            "One {s}, two what?",
            "Give me the plural of {s}.",
            "How do you write more than one {s}?",
        ),
        ("I have one {s}. Now I have many what?", "Make {s} plural."),
        ("The plural of {s} is {v}.", "One {s}, two {v}."),
    ),
    "trade": Wording(
        (
            "Who {s}?",
            "What do you call someone who {s}?",
            "Tell me who {s}.",
            "Do you know who {s}?",
            "Name someone who {s}.",
            "What is the trade of someone who {s}?",
            "Which trade {s}?",
        ),
        ("I need someone who {s}.", "What is a person who {s}?"),
        ("{p} {s}.", "Someone who {s} is {p}."),
        follow=False,
    ),
}
