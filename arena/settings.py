"""Every setting of the arena, read once (TOML file, ARENA_* variables) into a frozen object."""

import os
import secrets
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from arena.errors import Misconfigured
from arena.signing import fresh_key
from arena.terms import TERMS_TEXT, TERMS_VERSION
from serving.engine_rules import faults
from serving.entry import Name

SIGNING_KEY, OLD_SIGNING_KEYS = "signing.key", "signing.old"


class EngineSettings(BaseModel):
    """One model server the arena starts by itself; every path is relative to the working folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        description="What the operator calls it; also the folder of its log.",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        max_length=64,
    )
    model: str = Field(description="Folder or hub id of the base model.", min_length=1)
    served_name: Name | None = Field(None, description="Contestant name of the base; none: hidden.")
    served_names: tuple[Name, ...] = Field(
        (), description="Further names the base answers to; they enter no contestants."
    )
    adapters: dict[Name, str] = Field(
        default_factory=dict, description="LoRA adapters: name = folder."
    )
    port: int = Field(0, ge=0, le=65535, description="0 takes a free port.")
    max_model_len: int = Field(512, ge=1, description="Longest conversation, in tokens.")
    max_lora_rank: int = Field(16, ge=1, description="Highest rank of an adapter.")
    spare_adapters: int = Field(
        4, ge=0, description="So many more adapters may be loaded while it runs."
    )
    tensor_parallel_size: int = Field(1, ge=1, description="GPUs that share one copy of the model.")
    gpus: tuple[int | str, ...] = Field(
        (), description="Its GPUs (CUDA_VISIBLE_DEVICES); empty: all there are."
    )
    python: Path | None = Field(
        None, description="Python of its own vLLM environment; none: engine_python."
    )
    organization: str | None = Field(None, description="Who makes these contestants.")
    license: str | None = Field(None, description="Their licence.")
    params: dict[str, float | int] = Field(default_factory=dict, description="Sampling defaults.")
    arguments: tuple[str, ...] = Field((), description="Further arguments for the engine.")
    environment: dict[str, str] = Field(
        default_factory=dict, description="Further environment variables for the engine."
    )

    @model_validator(mode="after")
    def asks_for_what_can_be(self) -> Self:
        """The engine's own rules, so that a fault is told before anything starts."""
        wrong = faults(self.arguments, self.environment, self.gpus, self.tensor_parallel_size)
        for fault in wrong:
            raise ValueError(f"engine {self.name}: {fault}")
        return self


class Settings(BaseSettings):
    """The configuration of one arena; `load` is the only way to make it outside tests."""

    model_config = SettingsConfigDict(env_prefix="ARENA_", frozen=True, extra="forbid")

    data_dir: Path = Field(Path("arena-data"), description="Database, keys and logs live here.")
    database_url: str = Field(
        "", description="Empty: SQLite in data_dir. Or postgresql+asyncpg://…"
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(7860, description="Port to listen on.")
    instance: str = Field("", description="Name of this web process; empty: host:port.")
    secret: str = Field("", description="Signs cookies, hashes keys. Empty: made in data_dir.")
    old_secrets: tuple[str, ...] = Field(
        (), description="Former secrets: what they sealed opens still; `arena providers reseal`."
    )
    operator_token: str = Field(
        "", description="Marks simulated visitors. Empty: made in data_dir."
    )
    signing_key: str = Field(
        "", description="Ed25519 key that signs snapshots. Empty: made in data_dir."
    )
    old_signing_keys: tuple[str, ...] = Field(
        (), description="Former ones, newest first; `arena leaderboard rotate-key`."
    )
    metrics_token: str = Field("", description="Opens /metrics to other addresses than our own.")

    demo: bool = Field(True, description="Enter the contestants that come with the repository.")
    engines: tuple[EngineSettings, ...] = Field((), description="Model servers to start; below.")
    engine_python: Path = Field(
        Path(".venv-vllm/bin/python"), description="Python of the environment that holds vLLM."
    )
    allow_hosts: tuple[str, ...] = Field(
        (), description="host:port or CIDR that contestants may live at besides public https."
    )

    recheck_minutes: float = Field(
        10.0, ge=0, description="Every live contestant is looked at again this often; 0: never."
    )

    site_name: str = Field("Agon", description="What the site calls itself.")
    terms_version: str = Field(
        TERMS_VERSION, description="Visitors are asked again when it changes."
    )
    terms_text: str = Field(
        TERMS_TEXT, description="The promise a visitor accepts, about five lines."
    )
    publication_required: bool = Field(
        False, description="Refuse visitors who do not agree to publication."
    )
    keep_observations: bool = Field(
        True, description="An erased visitor's bare votes (pair, winner, day) stay counted."
    )
    board_kinds: tuple[str, ...] = Field((), description="Empty: person (and simulated on a demo).")
    board_seconds: float = Field(2.0, description="A snapshot is at most this much behind.")
    board_delay_minutes: float = Field(
        0.0, ge=0, description="The public sees boards this late, against targeted votes."
    )
    board_rounding: float = Field(
        0.0, ge=0, description="Ratings are shown in steps of so many points; 0: exactly."
    )
    study_seconds: float = Field(
        60.0, gt=0, description="Style control and robustness are looked at again this often."
    )
    alias_days: int = Field(90, ge=0, description="An alias hides a name for so long at most.")
    alias_votes: int = Field(3_000, ge=0, description="Or until it has so many rated votes.")

    sampling: Literal["active", "informative", "uniform"] = Field(
        "active", description="How pairs are drawn: docs/ranking.md, Who meets whom."
    )
    sampling_new_votes: int = Field(
        300, ge=0, description="Contestants with fewer rated votes are drawn more (not if uniform)."
    )
    sampling_provider_share: float = Field(
        0.25, gt=0, le=1, description="Largest part of the draws a provider gets (not if uniform)."
    )

    tagger: str = Field(
        "", description="Contestant, or base URL, that tags what rules can only guess; empty: none."
    )
    tagger_model: str = Field("", description="What the model is called at that base URL.")
    tagger_key: str = Field("", description="API key for that base URL.")

    examples: tuple[str, ...] = Field((), description="Prompts a visitor may start from.")

    body_bytes: int = Field(1_000_000, description="Largest request body.")
    prompt_chars: int = Field(8_000, description="Longest prompt.")
    turns_per_battle: int = Field(50, description="Longest battle.")
    turns_per_minute: int = Field(60, description="Per visitor.")
    chat_per_minute: int = Field(
        3_000, ge=0, description="Requests of one key at /v1/chat/completions; 0: no limit."
    )
    redis_url: str = Field(
        "",
        pattern=r"^$|^redis(s|\+unix)?://",
        description="Where several processes count models' minutes; empty: each its own.",
    )
    consents_per_hour: int = Field(600, description="New visitors per address.")
    grace_seconds: float = Field(10.0, description="How long a turn waits for a reader to return.")
    save_seconds: float = Field(2.0, description="The text of a running turn is saved this often.")
    idle_minutes: float = Field(30.0, description="An open battle is closed after this long.")
    heartbeat_seconds: float = Field(15.0, description="A comment line on a silent stream.")
    country_header: str = Field("", description="Header of a trusted proxy with the country code.")
    country_database: Path | None = Field(None, description="A MaxMind file, for the country.")
    trusted_proxies: str = Field("", description="Addresses whose X-Forwarded-For is believed.")

    @property
    def database(self) -> str:
        """The SQLAlchemy address of the store."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'arena.db'}"

    @property
    def kinds(self) -> tuple[str, ...]:
        """Whose votes the public board counts."""
        return self.board_kinds or (("person", "simulated") if self.demo else ("person",))

    @property
    def process_name(self) -> str:
        """Tells this web process from the others on the same store."""
        return self.instance or f"{self.host}:{self.port}"


def load(config: Path | None = None, keys: bool = True, **overrides: Any) -> Settings:
    """The settings of this process: `overrides`, then ARENA_* variables, then the file.

    Secrets that are not given are made in data_dir, unless `keys` are not needed.

    Raises:
        Misconfigured: the file is missing or not TOML, or a value is not of its kind.
    """
    path = config or (Path(os.environ["ARENA_CONFIG"]) if "ARENA_CONFIG" in os.environ else None)
    values = _read(path) if path else {}
    given = {name: value for name, value in overrides.items() if value is not None}
    environment = {name for name in Settings.model_fields if f"ARENA_{name.upper()}" in os.environ}
    values = {name: value for name, value in values.items() if name not in environment}
    if path and "demo" not in values and "demo" not in environment:
        values["demo"] = False
    try:
        settings = Settings(**{**values, **given})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        why = first["msg"].removeprefix("Value error, ")
        raise Misconfigured(f"setting {where or 'file'}: {why}") from error
    return with_secrets(settings) if keys else settings


def _read(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Misconfigured(f"there is no configuration file {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"configuration file {path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(f"configuration file {path} is not TOML: {error}") from error
    return with_engines(values)


def with_engines(values: dict[str, Any]) -> dict[str, Any]:
    """`[[engine]]` and `[[engines]]` are the same."""
    one, many = values.get("engine"), values.get("engines", [])
    if not isinstance(one, list) or not isinstance(many, list):
        return values
    rest = {name: value for name, value in values.items() if name != "engine"}
    return rest | {"engines": [*one, *many]}


def with_secrets(settings: Settings) -> Settings:
    """The same settings with the secrets that were left empty, kept in files only we can read."""
    folder = settings.data_dir
    kept: dict[str, Any] = {
        "secret": settings.secret or _kept(folder / "secret.key"),
        "operator_token": settings.operator_token or _kept(folder / "operator.token"),
    }
    if not settings.signing_key:
        kept["signing_key"] = _kept(folder / SIGNING_KEY, fresh_key)
        kept["old_signing_keys"] = (*settings.old_signing_keys, *_lines(folder / OLD_SIGNING_KEYS))
    return settings.model_copy(update=kept)


def rotate_signing_key(settings: Settings) -> None:
    """A new key in data_dir; the one before stays, to vouch for it.

    Raises:
        Misconfigured: the key is given by a setting, which only its owner can change.
    """
    if settings.signing_key:
        raise Misconfigured("signing_key is set: move it to old_signing_keys, set a new one")
    path, old = settings.data_dir / SIGNING_KEY, settings.data_dir / OLD_SIGNING_KEYS
    keys = (_kept(path, fresh_key), *_lines(old))
    for target, text in ((old, "\n".join(keys)), (path, fresh_key())):
        fresh = _written(target, text)
        fresh.replace(target)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="ascii").split() if path.exists() else []


def _written(path: Path, text: str) -> Path:
    """The text in a new file beside this one, which only we can read."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
    return fresh


def _kept(path: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(32)) -> str:
    """The secret in this file; made if it is not there, by whichever process comes first."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = _written(path, make())
            with suppress(FileExistsError):
                os.link(fresh, path)
            fresh.unlink()
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise Misconfigured(f"cannot keep {path}: {error.strerror}; set data_dir") from error
