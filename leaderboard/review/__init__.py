"""People label responses."""
