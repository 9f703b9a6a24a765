"""The toy world: the acceptance test of the whole method, on one CPU."""
