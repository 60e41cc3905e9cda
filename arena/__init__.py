"""The arena itself: visitors, consent, battles, votes, the store, the API and the website."""

__version__ = "0.1.0"
