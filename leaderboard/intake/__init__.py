"""From a log to an accepted submission: guard, convert, validate."""
