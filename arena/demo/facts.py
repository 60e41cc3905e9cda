"""Every fact of the demo's world: a kind, a subject, and what is right to say of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import permutations

from arena.demo import animals, places, smalltalk, words


@dataclass(frozen=True)
class Fact:
    """One thing the world knows; any of `values` is right, `phrase` is how a sentence says it.

    Where the answer is a list, `count` says how many items: of `members` in any order, or exactly
    `values` one after the other. Elsewhere `members` are what a slip would name instead.
    """

    kind: str
    subject: str
    values: tuple[str, ...]
    phrase: str = ""
    bare: str = ""
    members: tuple[str, ...] = ()
    count: int = 0

    @property
    def listed(self) -> bool:
        """Whether the answer has several items."""
        return self.count > 0

    def slots(self, value: str) -> dict[str, str]:
        """What a template may ask for: subject, bare subject, value, the value as a phrase."""
        phrase = self.phrase if self.phrase and value == self.values[0] else value
        return {"s": self.subject, "b": self.bare or self.subject, "v": value, "p": phrase}


def article(word: str) -> str:
    """The word with its a or an."""
    return f"{'an' if word[0].lower() in 'aeiou' else 'a'} {word}"


def _animals() -> Iterator[Fact]:
    for name, colour, sound, home, food, legs, young in animals.rows():
        subject = article(name)
        yield Fact("colour", subject, (colour,), bare=name)
        if sound:
            yield Fact("sound", subject, (sound,), bare=name)
        yield Fact("home", subject, (home.split()[-1],), phrase=home, bare=name)
        yield Fact("food", subject, (food,), bare=name)
        if legs:
            noun = "leg" if legs == "1" else "legs"
            yield Fact("legs", subject, (legs,), phrase=f"{legs} {noun}", bare=name)
        if young:
            yield Fact("young", subject, (young,), phrase=article(young), bare=name)
    for thing, colour in animals.THINGS.items():
        yield Fact("colour", thing, (colour,))


def _places() -> Iterator[Fact]:
    for country, town in places.CAPITALS.items():
        yield Fact("capital", country, (town,))
    for isle, (town, ruler, dish, guard) in places.ISLES.items():
        yield Fact("capital", isle, (town,))
        yield Fact("ruler", isle, (ruler,))
        yield Fact("dish", isle, (dish,))
        yield Fact("guard", isle, (guard.split(maxsplit=1)[1],), phrase=guard)


def _words() -> Iterator[Fact]:
    for pair in words.OPPOSITES.replace("\n", " ").split(","):
        left, right = pair.split()
        yield Fact("opposite", left, (right,))
        yield Fact("opposite", right, (left,))
    for family in words.RHYMES.strip().splitlines():
        for word in family.split():
            yield Fact("rhyme", word, tuple(w for w in family.split() if w != word))
    for single, plural in words.PLURALS.items():
        yield Fact("plural", single, (plural,))
    for task, trade in words.TRADES.items():
        yield Fact("trade", task, (trade,), phrase=article(trade))


def _numbers() -> Iterator[Fact]:
    for a in range(1, 10):
        for b in range(1, 10):
            yield Fact("sum", f"{a} + {b}", (str(a + b),), bare=f"{a} plus {b}")
    for n in range(1, 13):
        yield Fact("twice", str(n), (str(2 * n),))
        yield Fact("half", str(2 * n), (str(n),))
    for n in range(1, 20):
        yield Fact("next number", str(n), (str(n + 1),))
        yield Fact("previous number", str(n + 1), (str(n),))
    for unit, names in (("day", words.DAYS), ("month", words.MONTHS)):
        for before, after in zip(names, names[1:] + names[:1], strict=True):
            yield Fact(f"next {unit}", before, (after,))
            yield Fact(f"previous {unit}", after, (before,))


def _lists() -> Iterator[Fact]:
    for category, members in words.CATEGORIES.items():
        for n in (2, 3, 4):
            subject = f"{words.NUMBERS[n]} {category}"
            yield Fact("list", subject, (), bare=category, members=tuple(members.split()), count=n)
    for first, last in permutations(range(1, 11), 2):
        if 2 < last - first + 1 < 9:
            subject = f"to {words.NUMBERS[last]}" if first == 1 else f"from {first} to {last}"
            steps = tuple(str(n) for n in range(first, last + 1))
            yield Fact("count", subject, steps, count=len(steps))


def _smalltalk() -> Iterator[Fact]:
    for riddle, solution in smalltalk.RIDDLES.items():
        yield Fact("riddle", riddle, (solution,), phrase=article(solution))
    for topic, joke in smalltalk.JOKES.items():
        yield Fact("joke", topic, (joke,))
    for topic, (_, _, replies) in smalltalk.SMALLTALK.items():
        yield Fact("smalltalk", topic, replies)
    for topic in smalltalk.BEYOND:
        yield Fact("beyond", topic, smalltalk.BEYOND_REPLIES)


@cache
def world() -> dict[str, tuple[Fact, ...]]:
    """All facts by kind; the same object every time."""
    kinds: dict[str, list[Fact]] = {}
    for source in (_animals, _places, _words, _numbers, _lists, _smalltalk):
        for fact in source():
            kinds.setdefault(fact.kind, []).append(fact)
    return {kind: tuple(facts) for kind, facts in kinds.items()}


def others(fact: Fact) -> list[str]:
    """What a muddled contestant would say instead: wrong values of the same kind."""
    if fact.listed:
        lists = world()["list"]
        return sorted({m for other in lists for m in other.members} - set(fact.members))
    if fact.kind not in world():
        return sorted(set(fact.members) - set(fact.values))
    # Whoever should admit not to know tells a joke instead.
    kind = "joke" if fact.kind == "beyond" else fact.kind
    values = {value for other in world()[kind] for value in other.values}
    return sorted(values - set(fact.values))


def phrase(fact: Fact, value: str) -> str:
    """How a sentence about this fact says the value, right or wrong: "in a den" for den."""
    owners = (
        f for f in world().get(fact.kind, ()) if f.values and f.values[0] == value and f.phrase
    )
    owner = fact if value in fact.values else next(owners, fact)
    return owner.slots(value)["p"]
