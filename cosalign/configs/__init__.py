"""Stage 4: safety configs drawn for each prompt and put into words."""

from cosalign.configs.stage import ConfigsParameters, configs
from cosalign.configs.templates import Templates, load_templates

__all__ = ["ConfigsParameters", "Templates", "configs", "load_templates"]
