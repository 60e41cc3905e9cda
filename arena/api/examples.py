"""A few prompts to begin with."""

from fastapi import APIRouter
from pydantic import BaseModel

from arena.api.access import With

router = APIRouter(tags=["battles"])


class Examples(BaseModel):
    """Prompts a visitor may start from; empty where the operator gives none."""

    examples: list[str]


@router.get("/examples")
async def examples(parts: With) -> Examples:
    """The operator's example prompts; on a demo, questions of the demo's own world."""
    given = list(parts.settings.examples)
    if not given and parts.settings.demo:
        from arena.demo import EXAMPLES

        given = list(EXAMPLES)
    return Examples(examples=given)
