"""`make bench`: every benchmark in turn; exit 1 where a golden or a fixed figure is off."""

import importlib
import sys

BENCHMARKS = (
    "bench_rate",
    "bench_speed",
    "bench_style",
    "differ_arena_rank",
    "parallel",
    "bench_gateway",
    "bench_engine",
)


def main() -> int:
    """Run each, say which failed."""
    failed = []
    for name in BENCHMARKS:
        print(f"bench: {name} ...", flush=True)
        if importlib.import_module(f"benchmarks.{name}").main():
            failed.append(name)
    if failed:
        print(f"bench: off: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
