"""A change of an entry as a merge (RFC 7396): only what is given changes, null clears it."""

from typing import Annotated, Any

from pydantic import Field

from serving.entry import (
    MOST_ENDPOINTS,
    Address,
    Described,
    Entry,
    EntryEndpoint,
    EntryLimits,
    EntryParams,
    EntryTimeouts,
    Modalities,
    Protocol,
    UpstreamName,
    Weight,
)

ENDPOINT_FIELDS = frozenset(
    {"base_url", "upstream_model", "api_key", "protocol", "capacity", "weight", "endpoints"}
)


class Changes(Described):
    """The fields to change. The name is for ever.

    In `endpoints`, the whole list, one without `api_key` keeps the key held for its address.
    """

    base_url: Address | None = None
    upstream_model: UpstreamName | None = None
    protocol: Protocol | None = None
    weight: Weight | None = None
    modalities: Modalities | None = None
    params: EntryParams | None = None
    limits: EntryLimits | None = None
    timeouts: EntryTimeouts | None = None
    endpoints: Annotated[tuple[EntryEndpoint, ...], Field(max_length=MOST_ENDPOINTS)] | None = None


def merged(entry: Entry, changes: Changes) -> Entry:
    """The entry as it is after the change; pydantic's ValidationError where it cannot be one."""
    given = changes.model_dump(exclude_unset=True)
    if given.get("endpoints"):
        held = {end.base_url: end.api_key for end in entry.endpoints}
        for end in given["endpoints"]:
            end.setdefault("api_key", held.get(end["base_url"]))
    return Entry.model_validate(merge(entry.model_dump(), given)).whole()


def merge(old: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """RFC 7396 on objects; lists are replaced whole."""
    kept = {field: value for field, value in old.items() if field not in patch}
    for field, value in patch.items():
        if isinstance(value, dict):
            held = old.get(field)
            kept[field] = merge(held if isinstance(held, dict) else {}, value)
        elif value is not None:
            kept[field] = value
    return kept


def addresses(entry: Entry) -> list[tuple[object, ...]]:
    """What is verified of an entry: every endpoint but its share of the draw."""
    return [
        (route.base_url, route.upstream_model, route.api_key, route.protocol, route.capacity)
        for route in entry.routes()
    ]
