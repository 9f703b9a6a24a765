"""Time and memory of CoSAlign's first stages: `prompts`, `taxonomy` (found), `configs`.

    pip install -e ".[taxonomy]"
    python benchmarks/training/cosalign_prompts.py PROMPTS.json          # a JSON list of texts
    python benchmarks/training/cosalign_prompts.py PROMPTS.json --components 512 --work /tmp/scale

Every step runs in its own process; the table shows wall seconds, CPU seconds of all threads and peak
memory (MiB, with libraries). Embeddings are cached under --work, so a second run reuses them. Clusters
are not named, because that needs a model. `configs` runs on synthetic labels (each prompt has 0, 1 or
2 of the four training categories, by hash), for the given prompts and for 150,000 ids.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import multiprocessing.connection
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cosalign.taxonomy.categories import DEFAULT

PAPER_IDS = 150_000


def main(argv: Sequence[str] | None = None) -> None:
    """Run the steps and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("prompts", type=Path)
    parser.add_argument("--work", type=Path, help="working folder (default: a temporary one)")
    parser.add_argument("--components", type=int, nargs="*", default=[10, 512])
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as temporary:
        work: Path = args.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        source = work / "prompts.jsonl"
        texts = json.loads(args.prompts.read_text("utf-8"))
        source.write_text("".join(json.dumps({"prompt": text}) + "\n" for text in texts), "utf-8")
        print("| step | wall s | CPU s | peak MiB | outcome |\n| --- | --- | --- | --- | --- |")
        measured("prompts", lambda: prompts_step(source, work / "plain", None))
        measured("prompts, near-duplicates 0.8", lambda: prompts_step(source, work / "near", 0.8))
        measured("embeddings", lambda: embed_step(work))
        for components in args.components:
            measured(f"UMAP {components} + HDBSCAN", lambda n=components: cluster_step(work, n))
        measured("configs", lambda: configs_step(work, None))
        measured(f"configs, {PAPER_IDS} ids", lambda: configs_step(work, PAPER_IDS))


def measured(name: str, step: Callable[[], str]) -> None:
    """Run a step in a child process and print its row."""

    def child(sender: multiprocessing.connection.Connection) -> None:
        start = time.monotonic()
        outcome = step()
        usage = resource.getrusage(resource.RUSAGE_SELF)
        wall, cpu = time.monotonic() - start, usage.ru_utime + usage.ru_stime
        sender.send((wall, cpu, usage.ru_maxrss / 1024, outcome))

    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=child, args=(sender,))
    process.start()
    sender.close()
    try:
        wall, cpu, peak, outcome = receiver.recv()
    except EOFError:  # the step has printed the reason
        raise SystemExit(f"{name}: failed") from None
    process.join()
    print(f"| {name} | {wall:.1f} | {cpu:.1f} | {peak:.0f} | {outcome} |", flush=True)


def prompts_step(source: Path, out: Path, near: float | None) -> str:
    """Run the stage `prompts` on the file, from scratch."""
    from cosalign.prompts.stage import PromptsParameters, prompts

    stage = prompts(
        PromptsParameters(
            sources=({"name": "file", "file": source, "min_tokens": 4, "max_tokens": 64},),
            near_duplicates=near,
        ),
        seed=time.time_ns(),
        out=out / "prompts",
    )
    return counted(stage.manifest.counts)


def embed_step(work: Path) -> str:
    """Compute the missing embeddings of the prompts."""
    from cosalign.taxonomy.clusters import BUNDLED, embed

    return " x ".join(map(str, embed(texts_of(work), BUNDLED, work / ".embeddings").shape))


def cluster_step(work: Path, components: int) -> str:
    """Reduce dimensions and cluster."""
    import numpy as np

    from cosalign.taxonomy.clusters import BUNDLED, ClusterParameters, cluster, embed

    vectors = embed(texts_of(work), BUNDLED, work / ".embeddings")
    labels = cluster(vectors, ClusterParameters(components=components), 0)
    sizes = np.bincount(labels[labels >= 0])
    return f"{len(sizes)} clusters, {int(sizes.sum())} prompts in them; largest " + ", ".join(
        map(str, sizes[:8])
    )


def configs_step(work: Path, number: int | None) -> str:
    """Run the stage `configs` on synthetic labels, from scratch."""
    from cosalign.configs.stage import ConfigsParameters, configs
    from cosalign.stages import read_stage
    from cosalign.taxonomy.stage import TaxonomyParameters, taxonomy

    prompts = read_stage(work / "plain" / "prompts")
    if number is None:
        ids = prompts.table(["prompt_id"]).column("prompt_id").to_pylist()
    else:
        ids = [hashlib.sha256(str(n).encode()).hexdigest()[:12] for n in range(number)]
    stage = configs(
        ConfigsParameters(),
        label=label_stage(work / f"labels-{len(ids)}", ids),
        taxonomy=taxonomy(TaxonomyParameters(), prompts=prompts, seed=0, out=work / "taxonomy"),
        seed=time.time_ns(),
        out=work / "configs",
    )
    return counted(stage.manifest.counts) + f"; {stage.path.stat().st_size / 2**20:.0f} MiB"


def label_stage(folder: Path, ids: Sequence[str]) -> object:
    """A `label` stage with synthetic labels."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from cosalign.stages import Parameters, run_stage

    names = DEFAULT.training

    def make(work: Path) -> dict[str, int]:
        risks = [sorted({names[int(i[0], 16) % 4], names[int(i[1], 16) % 4]}) for i in ids]
        risks = [[] if i[2] in "0123" else found for i, found in zip(ids, risks, strict=True)]
        table = pa.table({"prompt_id": ids, "risks": pa.array(risks, pa.list_(pa.string()))})
        pq.write_table(table, work / "data.parquet")
        return {"rows": len(ids)}

    return run_stage("label", folder, version=1, parameters=Parameters(), inputs={}, make=make)


def texts_of(work: Path) -> list[str]:
    """The texts of the stage `prompts`."""
    from cosalign.stages import read_stage

    found: list[str] = (
        read_stage(work / "plain" / "prompts").table(["prompt"])["prompt"].to_pylist()
    )
    return found


def counted(counts: object) -> str:
    """A stage's counts in one line."""
    assert isinstance(counts, dict)
    return ", ".join(f"{value:g} {name}" for name, value in counts.items() if value)


if __name__ == "__main__":
    main()
