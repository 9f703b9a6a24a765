"""Stage 2: the risk categories, given, from a file, or found by clustering prompts."""

from cosalign.taxonomy.categories import Category, Taxonomy, load_taxonomy
from cosalign.taxonomy.stage import TaxonomyParameters, taxonomy

__all__ = ["Category", "Taxonomy", "TaxonomyParameters", "load_taxonomy", "taxonomy"]
