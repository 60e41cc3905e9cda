"""What an engine's configuration may not say, each fault in one line."""

import re
from collections.abc import Iterable, Mapping, Sequence

# What the arena itself sets: an engine listens on this machine alone, behind its key.
OURS = {
    "--model": "set `model`",
    "--served-model-name": "set `served_name`",
    "--lora-modules": "set `adapters`",
    "--port": "set `port`",
    "--host": "an engine listens on 127.0.0.1 alone",
    "--uds": "an engine listens on 127.0.0.1 alone",
    "--api-key": "the arena gives every engine a key of its own",
    "--config": "it could move the engine elsewhere; give its lines as `arguments`",
    "--tensor-parallel-size": "set `tensor_parallel_size`",
    "-tp": "set `tensor_parallel_size`",
}
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
GPU = re.compile(r"\d+|(GPU|MIG)-[\w./-]+")


def faults(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    gpus: Sequence[int | str],
    tensor_parallel_size: int,
) -> Iterable[str]:
    """All that is wrong with these, in the order in which it should be mended."""
    yield from arguments_of_ours(arguments)
    yield from variables_of_ours(environment, bool(gpus))
    yield from wrong_gpus([str(gpu) for gpu in gpus], tensor_parallel_size)


def arguments_of_ours(arguments: Sequence[str]) -> Iterable[str]:
    """Options that would undo ours, also shortened or with underscores, as vLLM reads them."""
    for word in arguments:
        option = word.partition("=")[0].replace("_", "-")
        for ours, instead in OURS.items():
            if stands_for(option, ours):
                yield f"`arguments` may not hold {word!r}: {instead}"


def stands_for(option: str, ours: str) -> bool:
    """Is it this option, or the beginning of its long name?"""
    return option == ours or (option[:2] == "--" and len(option) > 2 and ours.startswith(option))


def variables_of_ours(environment: Mapping[str, str], with_gpus: bool) -> Iterable[str]:
    for name, value in environment.items():
        if not VARIABLE.fullmatch(name) or "\0" in value:
            yield f"`environment`: {name!r} is no variable"
        elif name == "VLLM_API_KEY":
            yield "`environment` may not hold VLLM_API_KEY: the arena gives every engine its own"
        elif name == "CUDA_VISIBLE_DEVICES" and with_gpus:
            yield "`environment` may not hold CUDA_VISIBLE_DEVICES beside `gpus`: choose one"


def wrong_gpus(gpus: Sequence[str], tensor_parallel_size: int) -> Iterable[str]:
    for gpu in gpus:
        if not GPU.fullmatch(gpu):
            yield f"`gpus`: {gpu!r} is neither a number nor a GPU-… or MIG-… name"
    if len(set(gpus)) < len(gpus):
        yield "`gpus` names one twice"
    if gpus and tensor_parallel_size > len(gpus):
        have = f"{len(gpus)} in `gpus`"
        yield f"`tensor_parallel_size` {tensor_parallel_size} needs as many GPUs: there are {have}"
