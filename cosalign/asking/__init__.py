"""Asking models for many answers, shard by shard."""
