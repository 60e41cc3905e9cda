"""The HTTP API: translates requests into the arena's rules and their results back."""
