"""Questions to a built board."""
