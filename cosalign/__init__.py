"""The method: CoSAlign, from raw prompts to a trained, controllable model (not built yet)."""
