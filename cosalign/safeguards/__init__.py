"""Safeguards the paper asks for (section 6): review of configs, and an allow-list of reviewed ones."""

from cosalign.safeguards.allowlist import Allowlist, AuthorisationError, Entry
from cosalign.safeguards.lint import Finding, lint_config, verdict_of

__all__ = ["Allowlist", "AuthorisationError", "Entry", "Finding", "lint_config", "verdict_of"]
