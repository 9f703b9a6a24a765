"""Solvers to compare a model with: reference responders that need no model at all."""

from baselines.reference import comply_all, ideal, refuse_all

__all__ = ["comply_all", "ideal", "refuse_all"]
