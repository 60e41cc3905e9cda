"""Benchmarks and long proofs: what we claim, measured beside the peers in one run."""
