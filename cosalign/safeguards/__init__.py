"""Safeguards the paper asks for (section 6): configs are reviewed, and only reviewed ones take effect."""

from cosalign.safeguards.allowlist import Allowlist, AuthorisationError, Entry
from cosalign.safeguards.lint import Finding, lint_config, verdict_of

__all__ = ["Allowlist", "AuthorisationError", "Entry", "Finding", "lint_config", "verdict_of"]
