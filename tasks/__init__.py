"""Inspect tasks: data, setup, solver and scorer put together."""
