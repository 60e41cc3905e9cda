"""Who is measured: how each side is started before the upstream, and how it is asked."""

import json
import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.gateway.site import Keys, prepared
from benchmarks.gateway.upstream import MODELS

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / ".venv-bench-gateway"
FASTCHAT = ROOT / ".venv-bench-fastchat"
PROMPT = "Tell me of the sea, of the ships on it and of those who never came back."
BODY = {
    "messages": [{"role": "user", "content": PROMPT}],
    "stream": True,
    "stream_options": {"include_usage": True},
}
OURS = {"PYTHONPATH": str(ROOT)}
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def chat(key: str | None = None) -> dict[str, Any]:
    """How `wire.Chat` asks; the same words as `inside` says."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return {"headers": headers, "body": BODY}


@dataclass(frozen=True, slots=True)
class Place:
    """What a side is given: the upstream's port, ports of its own, a folder."""

    upstream: int
    ports: tuple[int, ...]
    folder: Path


@dataclass(frozen=True, slots=True)
class Side:
    """One side: `commands` are started in order; `tell` is posted once they answer."""

    name: str
    commands: tuple[list[str], ...] = ()
    port: int = 0
    asked: dict[str, Any] = field(default_factory=lambda: chat())
    environment: dict[str, str] = field(default_factory=dict)
    tell: tuple[int, str, dict[str, Any]] | None = None


def module(name: str, *arguments: object) -> list[str]:
    return [sys.executable, "-m", f"benchmarks.gateway.{name}", *map(str, arguments)]


def direct(place: Place) -> Side:
    return Side("direct", port=place.upstream)


def passthrough(place: Place) -> Side:
    command = module("passthrough", place.upstream, place.ports[0])
    return Side("pass-through", (command,), place.ports[0], environment=OURS)


def inside(place: Place) -> Side:
    """Its load is the side itself."""
    return Side("inside")


def site(place: Place) -> tuple[list[str], Keys, dict[str, str]]:
    """A whole arena: its command, its keys, its environment."""
    keys = prepared(place.folder, place.upstream)
    command = [sys.executable, "-m", "arena", "serve", "--port", str(place.ports[0])]
    return command, keys, OURS | {"ARENA_DATA_DIR": str(place.folder)}


def door(place: Place) -> Side:
    """The OpenAI-compatible door of a whole site, keys and all."""
    command, keys, around = site(place)
    return Side("door", (command,), place.ports[0], chat(keys.chat), around)


def battle(place: Place) -> Side:
    """Turns of battles with one side ("direct"), stored and told to a visitor."""
    command, keys, around = site(place)
    return Side("battle", (command,), place.ports[0], {"token": keys.operator}, around)


def litellm(place: Place) -> Side:
    """One worker, no database, no callbacks; the key is asked for as it is at our door."""
    entries = [
        {
            "model_name": name,
            "litellm_params": {
                "model": f"openai/{name}",
                "api_base": f"http://127.0.0.1:{place.upstream}/v1",
                "api_key": "none",
            },
        }
        for name in MODELS
    ]
    key = f"sk-{secrets.token_hex(24)}"
    settings = {"telemetry": False, "num_retries": 0, "turn_off_message_logging": True}
    config = {
        "model_list": entries,
        "litellm_settings": settings,
        "general_settings": {"master_key": key, "disable_spend_logs": True},
    }
    # JSON is YAML.
    file = place.folder / "litellm.yaml"
    file.write_text(json.dumps(config))
    port = place.ports[0]
    options = ["--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"]
    command = [str(PEERS / "bin/litellm"), "--config", str(file), *options]
    quiet = {"LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_DOCS": "True"}
    return Side("litellm", (command,), port, chat(key), quiet)


def vllm_router(place: Place) -> Side:
    port, metrics = place.ports[:2]
    command = [
        *(str(PEERS / "bin/vllm-router"), "--host", "127.0.0.1", "--port", str(port)),
        *("--worker-urls", f"http://127.0.0.1:{place.upstream}", "--log-level", "error"),
        *("--prometheus-port", str(metrics), "--worker-startup-check-interval", "1"),
    ]
    return Side("vllm-router", (command,), port)


def fastchat(place: Place) -> Side:
    """Its controller and its API server; the upstream is its worker."""
    python = str(FASTCHAT / "bin/python")
    port, controller = place.ports[:2]
    host = ["--host", "127.0.0.1", "--port"]
    at = f"http://127.0.0.1:{controller}"
    worker = f"http://127.0.0.1:{place.upstream}"
    status = {"model_names": MODELS, "speed": 1, "queue_length": 0}
    entry = {
        "worker_name": worker,
        "check_heart_beat": False,
        "worker_status": status,
        "multimodal": False,
    }
    serve = [python, "-m", "fastchat.serve.openai_api_server", *host, str(port)]
    commands = (
        [python, "-m", "fastchat.serve.controller", *host, str(controller)],
        [*serve, "--controller-address", at],
    )
    return Side("fastchat", commands, port, tell=(controller, "/register_worker", entry))


SIDES: dict[str, Callable[[Place], Side]] = {
    "direct": direct,
    "pass-through": passthrough,
    "inside": inside,
    "door": door,
    "battle": battle,
    "litellm": litellm,
    "vllm-router": vllm_router,
    "fastchat": fastchat,
}


def environment_of_shell() -> dict[str, str]:
    """Without proxies: everything here is on this machine."""
    return {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}


def environment(side: Side) -> dict[str, str]:
    """One thread for linear algebra, and what the side itself needs."""
    return environment_of_shell() | ONE_THREAD | side.environment
