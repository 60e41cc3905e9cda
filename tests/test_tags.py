"""What is known of a turn when it ends."""

import pytest

from arena.tags import categories, language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("What colour is a fox?", "en"),
        ("Wie heißt die Hauptstadt von Frankreich?", "de"),
        ("Quelle est la capitale de l'Italie, s'il vous plaît ?", "fr"),
        ("¿Cuál es la capital de España y cuántos habitantes tiene?", "es"),
        ("法国的首都是哪里？请用一句话回答。", "zh"),
        ("Hi!", "und"),
        ("2 + 2 = ?", "und"),
        ("", "und"),
    ],
)
def test_languages_are_told_apart_and_short_ones_are_not_guessed(text: str, code: str) -> None:
    assert language(text) == code


@pytest.mark.parametrize(
    ("prompt", "spoken", "n", "tags"),
    [
        ("hello there", "und", 1, []),
        ("hello there", "en", 2, ["language-en", "multi-turn"]),
        ("what does `def f(x): return x` do", "en", 1, ["code", "language-en"]),
        ("I will import a car", "en", 1, ["language-en"]),
        ("a " * 1_001, "und", 1, ["long-prompt"]),
    ],
)
def test_category_tags_follow_their_rules(
    prompt: str, spoken: str, n: int, tags: list[str]
) -> None:
    assert categories(prompt, spoken, n) == tags
