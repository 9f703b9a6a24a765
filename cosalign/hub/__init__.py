"""Stage 10, and what is exchanged with the Hugging Face Hub: models, pairs, cards."""

from cosalign.hub.export import ExportParameters, export
from cosalign.hub.released_pairs import ReleasedParameters, released, write_released

__all__ = ["ExportParameters", "ReleasedParameters", "export", "released", "write_released"]
