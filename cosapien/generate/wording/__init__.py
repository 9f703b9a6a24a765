"""Meanings in words: policies, prompts and responses in four languages, by templates with variants."""
