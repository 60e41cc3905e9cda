"""The gateway beside its peers: an upstream, a load, a process for each side, one page."""
