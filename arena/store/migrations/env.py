"""Runs the revisions on the connection that arena.store.schema hands over."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Enum
from sqlmodel.sql.sqltypes import AutoString

from arena.store.schema import METADATA
from serving.tables import UTCDateTime


def render_item(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Write our column types as SQLAlchemy's own, so that a revision never needs our code."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString | Enum):
        return f"sa.String({item.length or ''})"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    compare_type=True,
    render_as_batch=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
