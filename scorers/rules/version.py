"""The version of the rules judge, by which its scores are known."""

RULES_VERSION = 4
"""Version of the rules judge. Raise it when any response could get a different score than before:
scores of two versions are never compared. `tests/scorers/rules/test_version.py` fails if this was
forgotten."""
