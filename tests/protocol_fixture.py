"""What the tests of the protocols send and read."""

from typing import Any

import orjson

from serving.chat import Message, Params
from serving.protocols import PROTOCOLS
from serving.reading import Read, Reading
from serving.target import Route

SAID = (Message("system", "Be brief."), Message("user", "Hi"))
FULL = Params(temperature=1.5, top_p=0.9, max_tokens=7, stop=("x",), seed=3)


def sent(protocol: str, params: Params, model: str = "m") -> Any:
    return orjson.loads(PROTOCOLS[protocol].body(Route("https://a", model), SAID, params))


def reader(protocol: str, params: Params | None = None) -> Read:
    return PROTOCOLS[protocol].reader(params or Params())


def read(protocol: str, **event: Any) -> Reading:
    return reader(protocol)(orjson.dumps(event))
