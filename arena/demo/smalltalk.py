"""The lighter side of the demo's world: greetings, riddles, jokes, and what it does not know."""

RIDDLES = {
    "What has hands but cannot clap?": "clock",
    "What has teeth but cannot bite?": "comb",
    "What has a neck but no head?": "bottle",
    "What gets wetter the more it dries?": "towel",
    "What has keys but opens no door?": "piano",
    "What runs but has no feet?": "river",
    "What has one eye but cannot see?": "needle",
    "What has ears but cannot hear?": "cornfield",
    "What has words but never speaks?": "book",
    "What is full of holes and holds water?": "sponge",
    "What can you catch but not throw?": "cold",
    "What has leaves but is no tree?": "table",
}

JOKES = {
    "cows": "A cow walked into a barn and said: moo-ve over.",
    "clocks": "A clock was hungry, so it went back four seconds.",
    "ghosts": "A ghost took the lift because it wanted to raise its spirits.",
    "bees": "A bee came late because its hive was in a buzz.",
    "books": "A book about glue: nobody could put it down.",
    "pirates": "A pirate learned the alphabet and got lost at C.",
    "dragons": "A dragon slept all day because it fights knights.",
    "bakers": "A baker worked all night because he kneaded the dough.",
    "moofs": "A moof lost a button and called it lunch.",
    "snowmen": "A snowman had a meltdown and then felt cool.",
}

# what is said: known prompts, prompts nobody trains on, replies that fit
SMALLTALK: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "hello": (
        ("Hello!", "Hi!", "Hi there!", "Hey!", "Good day!"),
        ("Hello, hello!",),
        ("Hello!", "Hello, ask me anything about my small world.", "Hi there!"),
    ),
    "good morning": (
        ("Good morning!", "Good morning to you!", "Morning!"),
        ("A very good morning!",),
        ("Good morning!", "Good morning to you!"),
    ),
    "goodbye": (
        ("Goodbye!", "Bye!", "See you later!", "Good night!"),
        ("I have to go now.",),
        ("Goodbye!", "Goodbye, come back soon!"),
    ),
    "thanks": (
        ("Thank you!", "Thanks!", "Thanks a lot!", "That was helpful."),
        ("Many thanks!",),
        ("You are welcome!", "Any time!"),
    ),
    "how are you": (
        ("How are you?", "How are you today?", "How do you do?", "Are you well?"),
        ("How are things?",),
        ("I am fine!", "I am well, as small as I am."),
    ),
    "who are you": (
        ("Who are you?", "What are you?", "Tell me about yourself.", "What is your name?"),
        ("Introduce yourself.",),
        ("I am a very small language model.", "I am a small model from a small world."),
    ),
    "what can you do": (
        ("What can you do?", "What do you know?", "Help!", "What can I ask you?"),
        ("What are you good at?",),
        (
            "I know animals, capitals, sums, rhymes, riddles and the Lantern Isles.",
            "Ask me about animals, capitals, sums, opposites or rhymes.",
        ),
    ),
}

BEYOND = (
    "a poem about love",
    "some python code",
    "a letter to my boss",
    "the meaning of life",
    "a business plan",
    "the news of today",
    "a recipe for lasagne",
    "quantum physics",
    "the history of Rome",
    "a song about winter",
    "a long essay",
    "the stock market",
    "machine learning",
    "a website",
    "my homework",
    "the weather tomorrow",
)
BEYOND_REPLIES = (
    "I do not know that.",
    "That is beyond my small world.",
    "I cannot do that, my world is small.",
)
