"""Prompts to try first: each is of the demo's world, in a wording the contestants have met."""

EXAMPLES: tuple[str, ...] = (
    "What is the capital of Moonmarsh?",
    "Where does a moof live?",
    "Name three strange beasts.",
    "Tell me a joke about dragons.",
    "What is 4 + 5? Answer in one word.",
    "What has teeth but cannot bite?",
    "Be polite: what does a gribbit eat?",
    "Who rules Velvet Cove?",
    "As a numbered list: name four planets.",
    "What rhymes with moon?",
    "In a sentence: what is the opposite of brave?",
    "Count from 3 to 7.",
    "What do you call someone who tames dragons?",
    "What sound does a snorkle make?",
)
# What may come next in the same conversation, after "Name three strange beasts." or a question.
NEXT: tuple[str, ...] = ("And the second one?", "Now in one word.", "Now politely.")
