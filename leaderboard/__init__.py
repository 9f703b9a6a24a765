"""The leaderboard: submissions, their validation, ranking, and the board.

`__init__.pyi` beside this file lists the public names; each is imported when it is first used.

    >>> from pathlib import Path
    >>> from leaderboard import build_index
    >>> index = build_index(Path("results"), Path("cache"))  # doctest: +SKIP
    >>> len(index.rows)  # doctest: +SKIP
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
