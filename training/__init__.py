"""Preferences in, a checkpoint out, a contestant back in the arena."""
