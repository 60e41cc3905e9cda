"""Figures of the gateway for Prometheus; models by number alone, as some names are not yet public.

Labels are bounded: a model's number, an outcome (`ok`, `stopped` or the name of an error), how an
endpoint stands.
"""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from serving.breaker import Standing
from serving.chat import Usage

FIRST_TOKEN_S = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60)


class Meters(Collector):
    """What has ended, counted, and what is added to its registry; collected together."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._streams = Counter(
            "gateway_streams",
            "Streams that ended, by model and outcome.",
            ["model", "outcome"],
            registry=self.registry,
        )
        self._tokens = Counter(
            "gateway_tokens",
            "Tokens asked (prompt) and answered (completion).",
            ["model", "kind"],
            registry=self.registry,
        )
        self._first = Histogram(
            "gateway_first_token_seconds",
            "From the request to the first token.",
            ["model"],
            buckets=FIRST_TOKEN_S,
            registry=self.registry,
        )

    def collect(self) -> Iterable[Metric]:
        return self.registry.collect()

    def ended(self, model_id: int, outcome: str, usage: Usage, first_s: float | None) -> None:
        """One stream has ended; `first_s` is None where no token ever came."""
        model = str(model_id)
        self._streams.labels(model, outcome).inc()
        self._tokens.labels(model, "prompt").inc(usage.prompt)
        self._tokens.labels(model, "completion").inc(usage.completion)
        if first_s is not None:
            self._first.labels(model).observe(first_s)


class Moment(Collector):
    """What is so at the moment it is asked for: open streams, and how endpoints stand."""

    def __init__(
        self,
        streams: Callable[[], Mapping[int, int]],
        standings: Callable[[], Mapping[Standing, int]],
    ) -> None:
        self._streams = streams
        self._standings = standings

    def collect(self) -> Iterable[Metric]:
        open_now = GaugeMetricFamily(
            "gateway_open_streams", "Streams under way in this process.", labels=["model"]
        )
        for model_id, count in sorted(self._streams().items()):
            open_now.add_metric([str(model_id)], count)
        stand = GaugeMetricFamily(
            "gateway_endpoints", "Endpoints by the state of their breaker.", labels=["state"]
        )
        found = self._standings()
        for standing in Standing:
            stand.add_metric([standing.name.lower()], found.get(standing, 0))
        return open_now, stand
