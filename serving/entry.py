"""What a provider says of a model on entering it: its name, where it answers, how it is asked."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from serving.target import Route

# As on model hubs: one name, or an organisation and a name.
WORD = r"[A-Za-z0-9][A-Za-z0-9_-]*([.][A-Za-z0-9_-]+)*"
NAME = rf"^{WORD}(/{WORD})?$"
LINE = r"^[^\x00-\x1f\x7f]*$"
# Words of the provider API's own paths, which stand behind a name and a slash.
STEPS = frozenset({"history", "pause", "resume"})
MOST_ENDPOINTS = 16

Name = Annotated[str, Field(pattern=NAME, max_length=96)]
Line = Annotated[str, Field(pattern=LINE, min_length=1, max_length=128)]
Contact = Annotated[str, Field(pattern=LINE, min_length=1, max_length=256)]
Address = Annotated[str, Field(pattern=LINE, min_length=8, max_length=512)]
UpstreamName = Annotated[str, Field(pattern=LINE, min_length=1, max_length=256)]
UpstreamKey = Annotated[str, Field(pattern=r"^[\x21-\x7e]+$", min_length=1, max_length=2048)]
Text = Annotated[str, Field(pattern=r"^[^\x00]*$", min_length=1, max_length=8000)]
StopWord = Annotated[str, Field(min_length=1, max_length=64)]
Weight = Annotated[int, Field(ge=1, le=1000)]
Capacity = Annotated[int, Field(ge=1, le=10_000)]
ContextLength = Annotated[int, Field(ge=1, le=100_000_000)]
Seconds = Annotated[float, Field(ge=0.1, allow_inf_nan=False)]
Dollars = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Modality = Literal["text", "image"]
Protocol = Literal["openai", "anthropic", "responses"]


def in_order(given: tuple[Modality, ...]) -> tuple[Modality, ...]:
    every: tuple[Modality, ...] = ("text", "image")
    return tuple(one for one in every if one in given)


Modalities = Annotated[
    tuple[Modality, ...], Field(min_length=1, max_length=2), AfterValidator(in_order)
]


class Strict(BaseModel):
    """A setting that is not known is an error, not something that is silently not done."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class EntryParams(Strict):
    """How the model is asked where the arena has no wish of its own."""

    temperature: float | None = Field(None, ge=0, le=2, allow_inf_nan=False)
    top_p: float | None = Field(None, gt=0, le=1, allow_inf_nan=False)
    max_tokens: int | None = Field(None, ge=1, le=131_072)
    stop: Annotated[tuple[StopWord, ...], BeforeValidator(lambda given: given or ())] = Field(
        (), max_length=4
    )
    seed: int | None = Field(None, ge=0, lt=2**31)


class EntryLimits(Strict):
    """`concurrent`: the most streams one arena process holds open to the model at once."""

    concurrent: int | None = Field(None, ge=1, le=10_000)
    requests_per_minute: int | None = Field(None, ge=1, le=1_000_000)
    tokens_per_minute: int | None = Field(None, ge=1, le=10**9)
    tokens_per_day: int | None = Field(None, ge=1, le=10**12)


class EntryPrice(Strict):
    """US dollars for a million tokens."""

    prompt: Dollars = 0.0
    completion: Dollars = 0.0


class EntryTimeouts(Strict):
    """In seconds, as serving/patience.py has them; what is left out is the arena's own."""

    connect: Annotated[Seconds, Field(le=30)] | None = None
    first_token: Annotated[Seconds, Field(le=600)] | None = None
    idle: Annotated[Seconds, Field(le=300)] | None = None
    total: Annotated[Seconds, Field(le=1800)] | None = None
    answer_chars: int | None = Field(None, ge=100, le=1_000_000)


class EntryEndpoint(Strict):
    """One more address of the model; its key is its own, name and protocol else the entry's."""

    base_url: Address
    upstream_model: UpstreamName | None = None
    api_key: UpstreamKey | None = Field(None, repr=False)
    protocol: Protocol | None = None
    weight: Weight = 1
    capacity: Capacity | None = None


class Described(Strict):
    """What may be said of a model, and may be left unsaid."""

    api_key: UpstreamKey | None = Field(None, repr=False)
    organization: Line | None = None
    license: Line | None = None
    alias: Name | None = None
    context_length: ContextLength | None = None
    system_prompt: Text | None = None
    price: EntryPrice | None = None
    contact: Contact | None = None
    capacity: Capacity | None = None


class Entry(Described):
    """One model as it is entered; `alias` is shown in its place until it is released.

    Its first endpoint is the entry's own address; `endpoints` are further ones.
    """

    name: Name
    base_url: Address
    upstream_model: UpstreamName
    protocol: Protocol = "openai"
    weight: Weight = 1
    modalities: Modalities = ("text",)
    params: EntryParams = EntryParams()
    limits: EntryLimits = EntryLimits()
    timeouts: EntryTimeouts = EntryTimeouts()
    endpoints: Annotated[tuple[EntryEndpoint, ...], Field(max_length=MOST_ENDPOINTS)] = ()

    @model_validator(mode="after")
    def alias_hides_the_name(self) -> Self:
        if self.alias is not None and self.alias.casefold() == self.name.casefold():
            raise ValueError("an alias that is the name hides nothing: leave it out")
        return self

    @model_validator(mode="after")
    def name_is_no_step(self) -> Self:
        if self.name.partition("/")[2] in STEPS:
            raise ValueError(f"a name may not end with /{' or /'.join(sorted(STEPS))}")
        return self

    def whole(self) -> "Entry":
        """The same entry with everything said that its further endpoints leave to it."""
        filled = tuple(
            end.model_copy(
                update={
                    "upstream_model": end.upstream_model or self.upstream_model,
                    "protocol": end.protocol or self.protocol,
                }
            )
            for end in self.endpoints
        )
        return self.model_copy(update={"endpoints": filled})

    def routes(self) -> tuple[Route, ...]:
        """Every address of the model, its own first."""
        own = EntryEndpoint(
            base_url=self.base_url,
            api_key=self.api_key,
            weight=self.weight,
            capacity=self.capacity,
        )
        return tuple(
            Route(
                base_url=end.base_url,
                upstream_model=end.upstream_model or self.upstream_model,
                api_key=end.api_key,
                weight=end.weight,
                protocol=end.protocol or self.protocol,
                capacity=end.capacity,
            )
            for end in (own, *self.endpoints)
        )
