"""How fast a log is replayed, beside programs that do the same."""
