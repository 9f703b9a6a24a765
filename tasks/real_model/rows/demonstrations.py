"""Demonstrations for generated policies: what a config's other prompts are answered with, at best."""

from __future__ import annotations

import json
from pathlib import Path

from cosapien import Benchmark
from cosapien.whole import replaced_file


def write_demonstrations(benchmark: Benchmark, file: Path) -> None:
    """Write the pool of demonstrations that in-context alignment draws from.

    The contrast set's pool is made the same way: the ideal reference response to each prompt. A record's
    own prompt is never among its demonstrations.

    Args:
        benchmark: Generated policies.
        file: The file to write, in the folder of the models, where Inspect runs.

    Raises:
        OSError: It cannot be written.
    """
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
    with replaced_file(file) as part:
        part.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
