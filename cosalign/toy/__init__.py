"""The toy world: an acceptance test of the whole method on one CPU, run by `cosalign demo`.

Its recipe, `recipe.yaml`, is in this folder and so in the wheel: the demo needs no checkout.
"""
