"""One file with all rows, built from a results folder: index, ranks, tiers."""
