"""The line that says that a board shows the rows that come with the package."""

import json
import os
from pathlib import Path

from streamlit.delta_generator import DeltaGenerator

from leaderboard.app.environment import RESULTS, SOURCE
from leaderboard.app.serving import Source
from leaderboard.app.widgets import plain
from leaderboard.shipped.folder import ABOUT, is_shipped

_MORE = "Run one (`inspect eval tasks/cosapien --model ...`), then look for new submissions."


def show_banner(place: DeltaGenerator) -> None:
    """Say it on every page, if the board shows them.

    Args:
        place: An empty place; it is empty afterwards if the board shows other rows.
    """
    if not is_shipped(Path(os.environ[RESULTS])):
        place.empty()
        return
    source = Source(**json.loads(os.environ.get(SOURCE, "{}")))
    if source.logs:
        places = ", ".join(map(_place, source.logs))
        place.info(f"No logs in {plain(places)}: these are {ABOUT}. {_MORE}")
    else:
        place.info(f"These are {ABOUT}.")


def _place(log: str) -> str:
    return log if Path(log).suffix else f"{log.rstrip('/')}/"
