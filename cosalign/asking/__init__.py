"""Asking models for many answers: a row each, in shards that are kept."""
