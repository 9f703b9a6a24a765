"""What Inspect finds by name: `inspect eval tasks/cosapien`."""

from inspect_ai import task

from cosapien.registry_names import register
from tasks.cosalign_test import cosalign_test
from tasks.cosapien import cosapien
from tasks.guard import guard
from tasks.judge_agreement import judge_agreement

register("tasks", task, cosapien, cosalign_test, guard, judge_agreement)
