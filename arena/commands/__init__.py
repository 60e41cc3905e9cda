"""The arena's own commands; each parses, calls, and says in one line what went wrong."""
