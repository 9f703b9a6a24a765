"""The board: submit, rank with error bars, read every failure (not built yet)."""
