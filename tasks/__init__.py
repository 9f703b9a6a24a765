"""Inspect tasks, each made of data, setup, solver and scorer."""
