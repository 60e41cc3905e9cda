"""Making contestants: two short trainings leave folders that load and a manifest that agrees."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

pytest.importorskip("torch")

from arena.demo import FLAWLESS, Manner, Score
from arena.demo.manifest import read_manifest
from training.demo import ADAPTERS, BASE, build
from training.demo_fit import encode, make_chats, make_tokenizer, roughen
from training.demo_scores import evaluate, tally


@dataclass
class Heard:
    """What a build reported, and where it built."""

    out: Path
    reports: list[tuple[str, int, int]]

    def __call__(self, stage: str, step: int, steps: int, value: float) -> None:
        self.reports.append((stage, step, steps))


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Heard:
    listener = Heard(tmp_path_factory.mktemp("contestants"), [])
    for name in (BASE.name, "wise-owl"):
        build(listener.out, seed=1, only=[name], steps=2, questions=8, progress=listener)
    return listener


@pytest.fixture
def built(heard: Heard) -> Path:
    return heard.out


def test_a_build_leaves_a_manifest_of_whole_files(built: Path) -> None:
    manifest = read_manifest(built)
    assert [c.name for c in manifest.contestants] == ["young-wren", "wise-owl"]
    assert manifest.damaged() == []
    assert {c.steps for c in manifest.contestants} == {2}


def test_what_was_built_loads_and_answers(built: Path) -> None:
    found = evaluate(built / "base", built / "wise-owl", n=4, temperature=0.8)
    assert found.questions == 4


def test_an_adapter_names_no_place_of_its_making(built: Path) -> None:
    assert str(built) not in (built / "wise-owl" / "adapter_config.json").read_text()


def test_every_step_is_reported(heard: Heard) -> None:
    assert heard.reports[:2] == [("young-wren", 1, 2), ("young-wren", 2, 2)]
    assert ("wise-owl", 2, 2) in heard.reports


def test_the_same_seed_makes_the_same_chats() -> None:
    assert make_chats(Random(3), 20, FLAWLESS) == make_chats(Random(3), 20, FLAWLESS)


def test_no_plan_shares_a_name_or_a_seed() -> None:
    plans = (BASE, *ADAPTERS)
    assert len({p.name for p in plans}) == len({p.fit.seed for p in plans}) == len(plans)


def test_only_replies_count_whole_in_the_loss() -> None:
    chats = make_chats(Random(5), 200, Manner(polite=0.5))
    tokenizer = make_tokenizer(chats)
    for chat, encoded in zip(chats, encode(tokenizer, chats), strict=True):
        said = [i for i, w in zip(encoded.ids, encoded.weights, strict=True) if w == 1]
        replies = [m["content"] for m in chat if m["role"] == "assistant"]
        assert tokenizer.decode(said) == "".join(f"{reply}<|end|>" for reply in replies)


def test_prompts_are_now_and_then_typed_carelessly() -> None:
    rng = Random(1)
    typed = {roughen(rng, "Who rules Tocktown?") for _ in range(200)}
    assert typed == {
        "Who rules Tocktown?",
        "who rules tocktown?",
        "Who rules Tocktown",
        "who rules tocktown",
    }


def test_a_tally_is_of_shares() -> None:
    good, bad = Score(True, True, True, True, 2), Score(False, False, True, False, 4)
    found = tally([good, bad])
    assert (found.correct, found.polite, found.format, found.length) == (0.5, 0.5, 1.0, 0.5)
    assert found.words == 3
