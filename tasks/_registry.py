"""What Inspect finds by name: `inspect eval tasks/cosapien`."""

from inspect_ai import task

from cosapien.naming import register
from tasks.cosapien import cosapien

register("tasks", task, cosapien)
