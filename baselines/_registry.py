"""What Inspect finds by name: `baselines/refuse_all` and so on."""

from inspect_ai.solver import solver

from baselines.reference import comply_all, ideal, refuse_all
from cosapien.naming import register

register("baselines", solver, refuse_all, comply_all, ideal)
