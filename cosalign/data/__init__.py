"""What prompts, categories and configs are made from: sources, clusters, draws, templates."""
