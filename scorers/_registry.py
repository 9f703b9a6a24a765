"""What Inspect finds by name: `scorers/cosa_score`."""

from functools import partial

from inspect_ai.scorer import scorer

from cosapien.registry_names import register
from scorers.cosa import cosa_score
from scorers.guard import guard_score
from scorers.guard_metrics import METRICS as GUARD_METRICS
from scorers.label_score import METRICS as LABEL_METRICS
from scorers.label_score import label_score
from scorers.metrics import METRICS

register("scorers", partial(scorer, metrics=METRICS), cosa_score)
register("scorers", partial(scorer, metrics=GUARD_METRICS), guard_score)
register("scorers", partial(scorer, metrics=LABEL_METRICS), label_score)
