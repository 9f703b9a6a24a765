"""A generated benchmark before it is put into words: worlds, clauses, decisions, requests."""
