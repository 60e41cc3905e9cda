"""Figures for operators, from the store and the gateway; no model is named, no visitor either."""

from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from arena.store.tables import Battle, Turn, Vote
from serving.gateway import Gateway

COUNTED = {
    "battles": ("state", col(Battle.state)),
    "turns": ("state", col(Turn.state)),
    "votes": ("kind", col(Vote.kind)),
}


async def collect(session: AsyncSession, running: int, gateway: Gateway) -> CollectorRegistry:
    """A registry with the figures of this moment."""
    registry = CollectorRegistry()
    registry.register(gateway.metrics)
    for name, (label, column) in COUNTED.items():
        gauge = Gauge(f"arena_{name}", f"How many {name}, by {label}.", [label], registry=registry)
        query = select(column, func.count()).group_by(column)
        for value, count in await session.execute(query):
            gauge.labels(value.value).set(count)
    gauge = Gauge("arena_running_turns", "Turns this process is streaming.", registry=registry)
    gauge.set(running)
    return registry
