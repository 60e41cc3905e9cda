"""The schema's history, one revision a change; a revision that has landed is never edited."""
