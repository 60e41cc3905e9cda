"""The promise every visitor is shown before the first battle: its version and its words."""

TERMS_VERSION = "2026-11-1"

TERMS_TEXT = """\
What you type goes to two language models whose names are hidden until you vote.
We keep your prompts, the answers and your votes, under a random number instead of your name.
If you also agree to publication, they may appear in open datasets, cleaned of personal details.
Do not type anything private: models and datasets are the wrong place for it.
You can see everything held about you, and have it deleted, at any time on this site;
only the bare result of a vote (which pair, which winner, which day) stays counted, without you.
"""
