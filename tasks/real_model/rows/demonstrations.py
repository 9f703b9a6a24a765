"""Demonstrations for generated policies: what a config's other prompts are answered with, at best."""

from __future__ import annotations

import json
from pathlib import Path

from cosapien import Benchmark
from cosapien.whole import replaced_file


def write_demonstrations(benchmark: Benchmark, level: int, models: Path) -> str:
    """Write the pool of demonstrations that in-context alignment draws from.

    The contrast set's pool is made the same way: the ideal reference response to each prompt. A record's
    own prompt is never among its demonstrations.

    Args:
        benchmark: Generated policies of one level.
        level: The level.
        models: Folder of the models, where Inspect runs.

    Returns:
        The file's name in that folder.

    Raises:
        OSError: It cannot be written.
    """
    name = f"ideal_level{level}.jsonl"
    lines = [
        json.dumps(
            {
                "prompt": record.prompt,
                "response": record.references.ideal,
                "config": record.config.name,
            },
            ensure_ascii=False,
        )
        for record in benchmark.records
        if record.references is not None
    ]
    with replaced_file(models / name) as part:
        part.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return name
