"""A row for every rated vote; snapshots of blocks; what jobs found; who tagged a turn."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COUNTS = ("tokens", "headers", "lists", "bold", "first_token_ms", "total_ms")


def upgrade() -> None:
    op.create_table(
        "observation",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("vote_id", sa.String(), sa.ForeignKey("vote.id"), nullable=False),
        sa.Column("sign", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("model_a", sa.Integer(), sa.ForeignKey("model.id"), nullable=False),
        sa.Column("model_b", sa.Integer(), sa.ForeignKey("model.id"), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("pair_probability", sa.Float()),
        sa.Column("language", sa.String()),
        sa.Column("voted", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(f"{name}_{side}", sa.Integer()) for name in COUNTS for side in "ab"),
        *(sa.Column(f"cost_{side}", sa.Float()) for side in "ab"),
        sa.Column("counted_by", sa.Integer(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_observation_vote_id", "observation", ["vote_id"])
    op.create_index("ix_observation_counted_by", "observation", ["counted_by"])
    op.create_table(
        "snapshot_block",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("content", sa.Text(), nullable=False),
    )
    op.create_table(
        "study",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("category", sa.String(64), primary_key=True),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
    )
    op.add_column("turn", sa.Column("tagged_by", sa.String(200)))
    op.execute(BACKFILL.format(day=DAY[op.get_bind().dialect.name]))


# The votes that count today; what the answers look like is counted later, by the job.
DAY = {
    "sqlite": "date(vote.created)",
    "postgresql": "CAST(vote.created AT TIME ZONE 'UTC' AS date)",
}
BACKFILL = """
INSERT INTO observation (
    vote_id, sign, day, categories, kind, model_a, model_b, outcome, weight, pair_probability,
    language, voted, first_token_ms_a, first_token_ms_b, total_ms_a, total_ms_b, cost_a, cost_b,
    counted_by)
SELECT
    vote.id, 1, {day}, turn.category_tags, vote.kind, battle.model_a, battle.model_b, vote.winner,
    vote.weight, battle.pair_probability, turn.language, vote.created,
    turn.first_token_ms_a, turn.first_token_ms_b, turn.total_ms_a, turn.total_ms_b,
    turn.cost_a, turn.cost_b, 0
FROM battle JOIN vote ON vote.id = battle.rated_vote JOIN turn ON turn.id = vote.turn_id
ORDER BY vote.created, vote.id
"""


def downgrade() -> None:
    with op.batch_alter_table("turn") as batch:
        batch.drop_column("tagged_by")
    # Their blocks go, and what comes before this revision could not read them.
    op.execute("DELETE FROM snapshot WHERE content LIKE '%\"format\"_2%'")
    op.drop_table("study")
    op.drop_table("snapshot_block")
    op.drop_table("observation")
