"""Asking models: requests, candidates' responders, judges of responses, and rules that need none."""
