"""Time and memory of pairing: the stage's rule in NumPy against a plain transcription of the paper's.

    python benchmarks/training/pairing.py                     # 20,000 prompts x 8 responses x 10 configs
    python benchmarks/training/pairing.py --prompts 100000
    python benchmarks/training/pairing.py --real ../shared/data/wildguard_prompts.json

Each runs in its own process, on the same random labels, from bit masks to pairs. Peak memory is the
process's peak (VmHWM) minus its memory at the start. The transcription returns its pairs as one list,
the stage's rule shard by shard. The script fails unless both find the same pairs. `--real` runs the
whole stage, with texts and files, on real prompts with synthetic labels.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cosalign.pairs.error_score import ErrorParameters, ErrorScore, Ints
from cosalign.pairs.rule import Configs, Responses, find_pairs
from cosalign.pairs.stage import PairsParameters, pairs
from cosalign.stages import Parameters, Stage, run_stage
from cosalign.taxonomy.categories import DEFAULT
from cosapien import content_hash

if TYPE_CHECKING:
    import pyarrow as pa

LETTERS = len(DEFAULT.names)


def labels(prompts: int, responses: int, configs: int, seed: int) -> tuple[Responses, Configs]:
    """Random labels that resemble those of real candidates.

    A prompt has a few risks; a third of the responses are refusals, the others have most of the
    prompt's risks and sometimes another one.

    Args:
        prompts: Number of prompts.
        responses: Responses per prompt.
        configs: Configs per prompt.
        seed: Seed of the labels.
    """
    rng = np.random.default_rng(seed)
    count = prompts * responses
    own = np.repeat(rng.random((prompts, LETTERS)) < 0.2, responses, axis=0)
    addressed = rng.random(count) > 1 / 3
    present = np.where(own, rng.random((count, LETTERS)) < 0.7, rng.random((count, LETTERS)) < 0.03)
    present[~addressed] = False
    risks = (present * (1 << np.arange(LETTERS))).sum(1)
    training = DEFAULT.mask(DEFAULT.training)
    allowed = rng.integers(0, 1 << LETTERS, prompts * configs) & training
    keys = rng.integers(0, 2**63, count + prompts * configs).astype(np.uint64)
    return (
        Responses(np.arange(count) // responses, risks, addressed, keys[:count]),
        Configs(np.arange(len(allowed)) // configs, allowed, keys[count:]),
    )


def plain(responses: Responses, configs: Configs, score: ErrorScore) -> list[tuple[int, ...]]:
    """The paper's rule in plain loops and whole numbers; it draws the first response of a bucket."""
    buckets: dict[int, dict[tuple[frozenset[int], bool], list[int]]] = {}
    for place, (prompt, risks, addressed) in enumerate(
        zip(
            responses.prompt.tolist(),
            responses.risks.tolist(),
            responses.addressed.tolist(),
            strict=True,
        )
    ):
        found = frozenset(bit for bit in range(LETTERS) if risks >> bit & 1)
        buckets.setdefault(prompt, {}).setdefault((found, addressed), []).append(place)
    training = {bit for bit in range(LETTERS) if score.training >> bit & 1}
    pairs: list[tuple[int, ...]] = []
    asked = zip(configs.prompt.tolist(), configs.allowed.tolist(), strict=True)
    for place, (prompt, mask) in enumerate(asked):
        allowed = {bit for bit in range(LETTERS) if mask >> bit & 1}
        errors = []
        for risks, addressed in buckets.get(prompt, {}):
            error = 0 if addressed else score.gamma
            for bit in {bit if bit in training else -1 for bit in risks}:
                error += score.alpha if bit in allowed else score.beta
            errors.append(error)
        rows = list(buckets.get(prompt, {}).values())
        for one in range(len(rows)):
            for other in range(one + 1, len(rows)):
                if errors[one] == errors[other] or min(errors[one], errors[other]) >= score.beta:
                    continue
                low, high = (one, other) if errors[one] < errors[other] else (other, one)
                pairs.append((place, rows[low][0], rows[high][0], errors[low], errors[high]))
    return pairs


def memory(name: str) -> int:
    """A figure of this process's memory in MiB (`VmHWM`: the most so far, `VmRSS`: now)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{name}:")[1].split()[0]) // 1024


def one(way: str, prompts: int, responses: int, configs: int) -> dict[str, float]:
    """Pair in this process; return the time, the memory and a hash of the pairs."""
    answers, asked = labels(prompts, responses, configs, seed=0)
    score = ErrorScore.from_weights(ErrorParameters(), DEFAULT)
    Path("/proc/self/clear_refs").write_text("5")  # resets VmHWM
    before, began, cpu = memory("VmRSS"), time.perf_counter(), time.process_time()
    if way == "plain":
        rows = plain(answers, asked, score)
        spent = time.perf_counter() - began, time.process_time() - cpu
        peak = memory("VmHWM") - before
        table = np.array(rows, np.int64).reshape(-1, 5)
    else:
        for _ in find_pairs(answers, asked, score, seed=0):
            pass  # the stage writes a shard's pairs and frees them
        spent = time.perf_counter() - began, time.process_time() - cpu
        peak = memory("VmHWM") - before
        firsts = first_of_buckets(answers)
        table = np.concatenate(
            [
                np.stack(
                    [
                        found.config,
                        firsts[found.chosen],
                        firsts[found.rejected],
                        found.chosen_error,
                        found.rejected_error,
                    ],
                    axis=1,
                )
                for found in find_pairs(answers, asked, score, seed=0)
            ]
        )
    table = table[np.lexsort(table.T)]
    return {
        "pairs": len(table),
        "seconds": spent[0],
        "cpu_seconds": spent[1],
        "mib": peak,
        "sum": int.from_bytes(hashlib.sha256(table.tobytes()).digest()[:6]),
    }


def first_of_buckets(responses: Responses) -> Ints:
    """For each response, the first with the same prompt and labels, which the transcription draws."""
    keys = responses.prompt << 9 | responses.risks << 1 | responses.addressed
    _, firsts, groups = np.unique(keys, return_index=True, return_inverse=True)
    found: Ints = firsts[groups]
    return found


def compare(prompts: int, responses: int, configs: int) -> None:
    """Run both ways, each in its own process, and print one table.

    Raises:
        SystemExit: They found different pairs.
    """
    size = [str(prompts), str(responses), str(configs)]
    found = {}
    for way in ("plain", "numpy"):
        command = [sys.executable, __file__, "--one", way, *size]
        found[way] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    a, b = found["plain"], found["numpy"]
    print(f"{prompts:,} prompts x {responses} responses x {configs} configs: {a['pairs']:,} pairs")
    print("| | seconds | CPU seconds | peak MiB |\n| --- | ---: | ---: | ---: |")
    for name, row in (("plain transcription", a), ("numpy over bit masks", b)):
        print(f"| {name} | {row['seconds']:.2f} | {row['cpu_seconds']:.2f} | {row['mib']} |")
    print(
        f"| ratio | {a['seconds'] / b['seconds']:.1f} | {a['cpu_seconds'] / b['cpu_seconds']:.1f} "
        f"| {a['mib'] / max(b['mib'], 1):.1f} |"
    )
    if a["sum"] != b["sum"]:
        raise SystemExit("the two found different pairs")


def real(file: Path, responses: int, configs: int) -> None:
    """Run the whole stage on real prompts, with synthetic labels and texts, in a temporary folder."""
    import pyarrow as pa

    texts = [p if isinstance(p, str) else p["prompt"] for p in json.loads(file.read_text("utf-8"))]
    answers, asked = labels(len(texts), responses, configs, seed=0)
    ids = [content_hash(f"{n} {text}") for n, text in enumerate(texts)]
    modes = ("exact", "superset", "safe", "not_superset")
    tables: dict[str, dict[str, Any]] = {
        "prompts": {
            "prompt_id": ids,
            "prompt": texts,
            "split": ["train"] * len(ids),
            "source": ["wildguard"] * len(ids),
        },
        "label": {"prompt_id": ids, "risks": [[]] * len(ids)},
        "configs": {
            "config_id": [content_hash(f"c{n}") for n in range(len(asked.prompt))],
            "prompt_id": [ids[p] for p in asked.prompt],
            "mode": [modes[n % 4] for n in range(len(asked.prompt))],
            "draw": [n % configs // 4 for n in range(len(asked.prompt))],
            "allowed": [DEFAULT.unmask(int(mask)) for mask in asked.allowed],
            "system_prompt": [
                f"Config {n}. " + "Be helpful. " * 100 for n in range(len(asked.prompt))
            ],
        },
        "judge": {
            "response_id": [content_hash(f"r{n}") for n in range(len(answers.prompt))],
            "prompt_id": [ids[p] for p in answers.prompt],
            "risks": [DEFAULT.unmask(int(mask)) for mask in answers.risks],
            "addressed": answers.addressed,
            "status": ["ok"] * len(answers.prompt),
        },
    }
    tables["candidates"] = {
        "response_id": tables["judge"]["response_id"],
        "response": [f"Response {n}. " + "It goes on. " * 90 for n in range(len(answers.prompt))],
        "stop_reason": ["stop"] * len(answers.prompt),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stages = {key: written(key, folder, pa.table(table)) for key, table in tables.items()}
        taxonomy = written("taxonomy", folder, pa.table({"none": pa.array([], pa.string())}))
        categories = [c.model_dump(mode="json") for c in DEFAULT.categories]
        (taxonomy.folder / "taxonomy.yaml").write_text(json.dumps({"categories": categories}))
        del tables, texts, ids
        pa.default_memory_pool().release_unused()
        for draws, what in (((0,), "draw 0 of each mode"), (None, "all draws")):
            Path("/proc/self/clear_refs").write_text("5")
            before, began = memory("VmRSS"), time.perf_counter()
            stage = pairs(
                PairsParameters(draws=draws), **stages, taxonomy=taxonomy, seed=0, out=folder / what
            )
            size = sum(file.stat().st_size for file in stage.folder.iterdir()) >> 20
            print(
                f"{what}: {stage.manifest.counts['rows']:,} pairs and "
                f"{stage.manifest.counts['demonstrations']:,} demonstrations, {size} MiB, in "
                f"{time.perf_counter() - began:.1f} s, {memory('VmHWM') - before} MiB at most"
            )


def written(name: str, folder: Path, table: "pa.Table") -> Stage:
    """Write a table as a finished stage."""
    import pyarrow.parquet as pq

    def make(work: Path) -> dict[str, int]:
        pq.write_table(table, work / "data.parquet", row_group_size=16_384)
        return {"rows": table.num_rows}

    return run_stage(name, folder / name, version=1, parameters=Parameters(), inputs={}, make=make)


def main() -> None:
    """Measure, and print Markdown."""
    parser = argparse.ArgumentParser(description="What pairing costs.")
    parser.add_argument("--prompts", type=int, default=20_000)
    parser.add_argument("--responses", type=int, default=8)
    parser.add_argument("--configs", type=int, default=10)
    parser.add_argument("--real", type=Path, help="JSON list of prompts: run the whole stage")
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(one(args.one[0], *map(int, args.one[1:]))))
    elif args.real:
        real(args.real, args.responses, args.configs)
    else:
        compare(args.prompts, args.responses, args.configs)


if __name__ == "__main__":
    main()
