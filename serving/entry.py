"""What a provider says of a model on entering it: its name, where it answers, how it is asked."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

# As on model hubs: one name, or an organisation and a name.
WORD = r"[A-Za-z0-9][A-Za-z0-9_-]*([.][A-Za-z0-9_-]+)*"
NAME = rf"^{WORD}(/{WORD})?$"
LINE = r"^[^\x00-\x1f\x7f]*$"

Name = Annotated[str, Field(pattern=NAME, max_length=96)]
Line = Annotated[str, Field(pattern=LINE, min_length=1, max_length=128)]


class Strict(BaseModel):
    """A setting that is not known is an error, not something that is silently not done."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class EntryParams(Strict):
    """How the model is asked where the arena has no wish of its own."""

    temperature: float | None = Field(None, ge=0, le=2, allow_inf_nan=False)
    top_p: float | None = Field(None, gt=0, le=1, allow_inf_nan=False)
    max_tokens: int | None = Field(None, ge=1, le=131_072)
    stop: tuple[Annotated[str, Field(min_length=1, max_length=64)], ...] = Field((), max_length=4)
    seed: int | None = Field(None, ge=0, lt=2**31)


class EntryLimits(Strict):
    """`concurrent`: the most streams one arena process holds open to the model at once."""

    concurrent: int | None = Field(None, ge=1, le=10_000)


class Entry(Strict):
    """One model as it is entered; `alias` is shown in its place until it is released."""

    name: Name
    base_url: str = Field(pattern=LINE, min_length=8, max_length=512)
    upstream_model: str = Field(pattern=LINE, min_length=1, max_length=256)
    api_key: str | None = Field(None, pattern=r"^[\x21-\x7e]+$", max_length=2048, repr=False)
    organization: Line | None = None
    license: Line | None = None
    alias: Name | None = None
    params: EntryParams = EntryParams()
    limits: EntryLimits = EntryLimits()

    @model_validator(mode="after")
    def alias_hides_the_name(self) -> Self:
        if self.alias is not None and self.alias.casefold() == self.name.casefold():
            raise ValueError("an alias that is the name hides nothing: leave it out")
        return self
