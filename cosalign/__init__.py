"""CoSAlign: the training pipeline, from raw prompts to a model that follows safety configs.

`__init__.pyi` beside this file lists the public names; each is imported when it is first used.

Run a recipe, or read what an earlier run has made:

    >>> from pathlib import Path
    >>> from cosalign import load_recipe, read_stage, run
    >>> recipe = load_recipe(Path("recipes/llama31-8b.yaml"))
    >>> made = run(recipe, until="pairs")  # doctest: +SKIP
    >>> made["pairs"].folder  # doctest: +SKIP
    >>> read_stage(Path("runs/llama31-8b/pairs")).table(["chosen", "rejected"])  # doctest: +SKIP
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
