"""What is asked at the OpenAI-compatible door: read whole, or refused in words that say why.

What would change the answer and cannot be had is refused; what does not is passed over.
"""

from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from serving.chat import Message, Params, Role
from serving.openai_errors import ApiError

ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
# Fields that change the meaning, with the values that do not; None always is one of them.
NEUTRAL: dict[str, tuple[object, ...]] = {
    "n": (1,),
    "best_of": (1,),
    "tools": ([],),
    "tool_choice": ("none", "auto"),
    "functions": ([],),
    "function_call": ("none", "auto"),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "prompt_logprobs": (),
    "response_format": ({"type": "text"},),
    "structured_outputs": (),
    "modalities": (["text"],),
    "audio": (),
    "prediction": (),
    "web_search_options": (),
    "reasoning_effort": (),
    "verbosity": (),
    "logit_bias": ({},),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "repetition_penalty": (1,),
    "top_k": (0, -1),
    "min_p": (0,),
    "min_tokens": (0,),
    "ignore_eos": (False,),
    "stop_token_ids": ([],),
    "bad_words": ([],),
    "continue_final_message": (False,),
}

Stop = Annotated[str, Field(min_length=1, max_length=256)]


class Said(BaseModel):
    """One message as it comes; a list of parts may hold text alone."""

    role: str
    content: str | list[dict[str, Any]] | None = None
    tool_calls: list[Any] | None = None


class StreamOptions(BaseModel):
    include_usage: bool | None = None


class ChatBody(BaseModel):
    """The fields that are obeyed; all others are looked up in NEUTRAL."""

    model_config = ConfigDict(extra="allow")

    model: str = Field(min_length=1, max_length=256)
    messages: list[Said] = Field(min_length=1)
    temperature: float | None = Field(None, ge=0, le=2, allow_inf_nan=False)
    top_p: float | None = Field(None, gt=0, le=1, allow_inf_nan=False)
    max_tokens: int | None = Field(None, ge=1, lt=2**31)
    max_completion_tokens: int | None = Field(None, ge=1, lt=2**31)
    stop: Stop | Annotated[list[Stop], Field(max_length=4)] | None = None
    seed: int | None = Field(None, ge=-(2**63), lt=2**63)
    stream: bool | None = None
    stream_options: StreamOptions | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that can be answered; `usage` is for the end of a stream."""

    model: str
    messages: tuple[Message, ...]
    params: Params
    stream: bool
    usage: bool


def read_request(data: bytes) -> Asked:
    """Raises ApiError 400, which names the field and what is wrong with it."""
    body = read_body(data)
    for name, value in (body.model_extra or {}).items():
        if name in NEUTRAL and value is not None and value not in NEUTRAL[name]:
            raise ApiError(400, f"`{name}` is not supported here", param=name, code="unsupported")
    stops = [body.stop] if isinstance(body.stop, str) else body.stop or []
    return Asked(
        model=body.model,
        messages=tuple(message(place, said) for place, said in enumerate(body.messages)),
        params=Params(
            temperature=body.temperature,
            top_p=body.top_p,
            max_tokens=body.max_completion_tokens or body.max_tokens,
            stop=tuple(stops),
            seed=body.seed,
        ),
        stream=bool(body.stream),
        usage=bool(body.stream_options and body.stream_options.include_usage),
    )


def read_body(data: bytes) -> ChatBody:
    try:
        return ChatBody.model_validate(orjson.loads(data))
    except orjson.JSONDecodeError as error:
        raise ApiError(400, f"the body is not JSON: {error}") from error
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in fault["loc"])
        raise ApiError(
            400, f"{where or 'the body'}: {fault['msg']}", param=where or None
        ) from error


def message(place: int, said: Said) -> Message:
    where = f"messages.{place}"
    role = ROLES.get(said.role)
    if role is None:
        known = ", ".join(ROLES)
        raise ApiError(400, f"{where}.role: one of {known}", param=f"{where}.role")
    if said.tool_calls:
        why = f"{where}.tool_calls: tools are not supported here"
        raise ApiError(400, why, param=f"{where}.tool_calls", code="unsupported")
    return Message(role, text_of(said.content, f"{where}.content"))


def text_of(content: str | list[dict[str, Any]] | None, where: str) -> str:
    """Parts are joined by line ends; only text can be heard by every contestant."""
    if isinstance(content, str):
        return content
    texts = [part.get("text") for part in content or [] if part.get("type") == "text"]
    told = [text for text in texts if isinstance(text, str)]
    if not content or len(told) < len(content):
        why = "a string, or parts of the type `text`: images, audio and files are not supported"
        raise ApiError(400, f"{where}: {why}", param=where, code="unsupported")
    return "\n".join(told)
