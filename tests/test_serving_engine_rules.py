"""What an engine's configuration may not say, and that the rest may be said."""

from typing import Any

import pytest

from serving.engine_rules import faults


def first_fault(**said: Any) -> str:
    usual: dict[str, Any] = {"arguments": (), "environment": {}, "gpus": ()}
    return next(iter(faults(**usual | {"tensor_parallel_size": 1} | said)), "")


@pytest.mark.parametrize(
    "word",
    [
        "--host",
        "--host=0.0.0.0",
        "--hos",
        "--port",
        "--uds=/tmp/x",
        "--api-key",
        "--api_key=x",
        "--served_model_name",
        "--model",
        "--config",
        "--lora-modules",
        "--tensor_parallel_size=2",
        "-tp",
    ],
)
def test_options_that_would_undo_ours_are_refused(word: str) -> None:
    assert f"may not hold {word!r}" in first_fault(arguments=("--seed", "7", word))


@pytest.mark.parametrize(
    "word", ["--max-model-len=9", "--model-impl", "--gpu-memory-utilization", "-", "--", "-pp"]
)
def test_other_options_are_the_operators(word: str) -> None:
    assert first_fault(arguments=(word, "0.5")) == ""


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"environment": {"VLLM_API_KEY": "x"}}, "VLLM_API_KEY"),
        ({"environment": {"A=B": "x"}}, "'A=B' is no variable"),
        ({"environment": {"A": "x\0"}}, "'A' is no variable"),
        ({"environment": {"CUDA_VISIBLE_DEVICES": "1"}, "gpus": (0,)}, "choose one"),
        ({"gpus": (-1,)}, "'-1' is neither"),
        ({"gpus": ("all",)}, "'all' is neither"),
        ({"gpus": (0, "0")}, "names one twice"),
        ({"gpus": (0, 1), "tensor_parallel_size": 4}, "needs as many GPUs: there are 2"),
    ],
)
def test_each_fault_is_one_clear_line(said: dict[str, Any], words: str) -> None:
    assert words in first_fault(**said)


@pytest.mark.parametrize(
    "said",
    [
        {"gpus": (0, 1), "tensor_parallel_size": 2},
        {"gpus": ("GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", "MIG-1/2/0")},
        {"tensor_parallel_size": 8},
        {"environment": {"CUDA_VISIBLE_DEVICES": "1", "HF_HUB_OFFLINE": "0"}},
    ],
)
def test_what_can_be_is_no_fault(said: dict[str, Any]) -> None:
    assert first_fault(**said) == ""
