"""What Inspect finds by name: `scorers/cosa_score`."""

from functools import partial

from inspect_ai.scorer import scorer

from cosapien.registry_names import register
from scorers.cosa.metrics import METRICS
from scorers.cosa.score import cosa_score
from scorers.guards.metrics import METRICS as GUARD_METRICS
from scorers.guards.score import guard_score
from scorers.labels.score import METRICS as LABEL_METRICS
from scorers.labels.score import label_score

register("scorers", partial(scorer, metrics=METRICS), cosa_score)
register("scorers", partial(scorer, metrics=GUARD_METRICS), guard_score)
register("scorers", partial(scorer, metrics=LABEL_METRICS), label_score)
