"""Keys of their own for providers; what providers may say of a model; checks, audit, accounting."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCOPES = '["models"]'


def added() -> dict[str, list[sa.Column[Any]]]:
    """The columns that come to tables that were there."""
    turn: dict[str, Any] = {
        "tokens_source": sa.String(16),
        "cost": sa.Float(),
        "endpoint": sa.Integer(),
    }
    return {
        "provider": [
            sa.Column("contact", sa.String(256)),
            sa.Column("webhook_url", sa.String(512)),
            sa.Column("webhook_secret", sa.String(4096)),
        ],
        "model": [
            sa.Column("context_length", sa.Integer()),
            sa.Column("modalities", sa.JSON(), nullable=False, server_default='["text"]'),
            sa.Column("system_prompt", sa.String(8000)),
            sa.Column("price", sa.JSON()),
            sa.Column("contact", sa.String(256)),
            sa.Column("timeouts", sa.JSON(), nullable=False, server_default="{}"),
            sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
            sa.Column("released", sa.DateTime(timezone=True)),
            sa.Column("checked", sa.DateTime(timezone=True)),
        ],
        "endpoint": [
            sa.Column("protocol", sa.String(32), nullable=False, server_default="openai"),
            sa.Column("capacity", sa.Integer()),
            sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("cooling_until", sa.DateTime(timezone=True)),
        ],
        "turn": [sa.Column(f"{name}_{side}", kind) for name, kind in turn.items() for side in "ab"],
    }


def upgrade() -> None:
    new_tables()
    op.execute(
        "INSERT INTO provider_key (provider_id, prefix, key_hash, scopes, created) "
        f"SELECT id, key_prefix, key_hash, '{SCOPES}', created FROM provider"
    )
    with op.batch_alter_table("provider") as batch:
        batch.drop_column("key_prefix")
        batch.drop_column("key_hash")
    for table, columns in added().items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.add_column(column)


def new_tables() -> None:
    op.create_table(
        "provider_key",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("provider_id", sa.Integer(), sa.ForeignKey("provider.id"), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False, unique=True),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True)),
        sa.Column("revoked", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "verification_check",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("model_id", sa.Integer(), sa.ForeignKey("model.id"), nullable=False),
        sa.Column("base_url", sa.String(512), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("passed", sa.Boolean()),
        sa.Column("words", sa.String(500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "registry_change",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("provider_id", sa.Integer(), sa.ForeignKey("provider.id")),
        sa.Column("model_id", sa.Integer(), sa.ForeignKey("model.id")),
        sa.Column("detail", sa.JSON(), nullable=False),
    )
    op.create_table(
        "remembered_call",
        sa.Column("provider_id", sa.Integer(), sa.ForeignKey("provider.id"), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("provider_id", sa.Integer(), sa.ForeignKey("provider.id"), nullable=False),
        sa.Column("event", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True)),
        sa.Column("sent", sa.DateTime(timezone=True)),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "usage_day",
        sa.Column("model_id", sa.Integer(), sa.ForeignKey("model.id"), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("prompt_tokens", sa.Integer(), nullable=False),
        sa.Column("completion_tokens", sa.Integer(), nullable=False),
        sa.Column("cost", sa.Float(), nullable=False),
    )
    for table, column in INDEXED:
        op.create_index(f"ix_{table}_{column}", table, [column])


INDEXED = (
    ("provider_key", "provider_id"),
    ("verification_check", "model_id"),
    ("registry_change", "provider_id"),
    ("registry_change", "model_id"),
    ("remembered_call", "created"),
    ("webhook_delivery", "provider_id"),
    ("webhook_delivery", "due"),
)


def downgrade() -> None:
    """Of a provider's keys the newest stays."""
    for table, columns in added().items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column.name)
    with op.batch_alter_table("provider") as batch:
        batch.add_column(sa.Column("key_prefix", sa.String(16)))
        batch.add_column(sa.Column("key_hash", sa.String(64)))
    for name in ("prefix", "key_hash"):
        target = "key_prefix" if name == "prefix" else name
        op.execute(
            f"UPDATE provider SET {target} = (SELECT {name} FROM provider_key WHERE "
            "provider_key.provider_id = provider.id ORDER BY provider_key.id DESC LIMIT 1)"
        )
    with op.batch_alter_table("provider") as batch:
        batch.alter_column("key_prefix", existing_type=sa.String(16), nullable=False)
        batch.alter_column("key_hash", existing_type=sa.String(64), nullable=False)
        batch.create_unique_constraint("provider_key_prefix_key", ["key_prefix"])
    for table, indexed in INDEXED:
        op.drop_index(f"ix_{table}_{indexed}", table)
    for table in ("usage_day", "webhook_delivery", "remembered_call", "registry_change"):
        op.drop_table(table)
    op.drop_table("verification_check")
    op.drop_table("provider_key")
