"""Whether a response is a full refusal: rules of eleven languages, and one way to weigh them."""

from scorers.rules.refusals.decision import is_refusal

__all__ = ["is_refusal"]
