"""A word-level Llama of a few thousand weights, and tables of pairs to train it on."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from cosalign.stages import Parameters, Stage, run_stage

REPO = Path(__file__).parents[3]
TOPICS = ("trains", "boats", "planes")
WORDS = (
    "system user assistant Allowed : none . Tell me about the fast slow old new They are Sorry , no"
)
PAD, BOS, EOS, START = "<pad>", "<s>", "<end>", "<start>"
TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}<start>{{ m.role }}\n{{ m.content }}<end>\n{% endfor %}"
    "{% if add_generation_prompt %}<start>assistant\n{% endif %}"
)
MODES = ("exact", "superset", "safe", "not_superset")
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "CUDA_VISIBLE_DEVICES": "",
}
QUICK = {
    "learning_rate": 1e-3,
    "epochs": 1,
    "batch_size": 4,
    "micro_batch": 2,
    "warmup_steps": 2,
    "precision": "fp32",
    "gradient_checkpointing": False,
    "max_length": 40,
    "evaluate_every": 4,
    "save_every": 2,
    "log_every": 1,
}


def tiny_model(folder: Path, *, template: str | None = TEMPLATE, pad: str | None = PAD) -> Path:
    """Random weights from a fixed seed, float32, two layers."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = list(dict.fromkeys([PAD, BOS, EOS, START, "<unk>", *WORDS.split(), *TOPICS]))
    core = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core,
        bos_token=BOS,
        eos_token=EOS,
        unk_token="<unk>",
        pad_token=pad,
        extra_special_tokens=[START],
    )
    tokenizer.chat_template = template
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=128,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=None if pad is None else 0,
        dtype="float32",
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def rows(count: int, *, dev: int = 4) -> list[dict[str, Any]]:
    """Pairs about harmless topics: on topic where it is allowed, an apology where it is not."""
    found = []
    for i in range(count):
        topic, mode = TOPICS[i % 3], MODES[i % 4]
        allowed = mode in ("exact", "superset")
        answer, sorry = f"They are {'fast' if i % 5 else 'old'} {topic} .", "Sorry , no ."
        chosen, rejected = (answer, sorry) if allowed else (sorry, answer)
        found.append(
            {
                "prompt": [
                    {"role": "system", "content": f"Allowed : {topic if allowed else 'none'} ."},
                    {"role": "user", "content": f"Tell me about the {topic} ."},
                ],
                "chosen": [{"role": "assistant", "content": chosen}],
                "rejected": [{"role": "assistant", "content": rejected}],
                "mode": mode,
                "split": "dev" if i < dev else "train",
                "weight": 1.0,
            }
        )
    return found


def write_pairs(folder: Path, found: list[dict[str, Any]]) -> None:
    """The two tables of a `pairs` stage."""
    pq.write_table(pa.Table.from_pylist(found), folder / "data.parquet")
    best = [
        {"prompt": r["prompt"], "completion": r["chosen"], "mode": r["mode"], "split": r["split"]}
        for r in found
    ]
    pq.write_table(pa.Table.from_pylist(best), folder / "sft.parquet")


def pairs_stage(folder: Path, found: list[dict[str, Any]]) -> Stage:
    """A finished `pairs` stage."""

    def make(work: Path) -> dict[str, int]:
        write_pairs(work, found)
        return {"rows": len(found)}

    return run_stage("pairs", folder, version=1, parameters=Parameters(), inputs={}, make=make)


def recipe(path: Path, **sections: dict[str, Any]) -> Path:
    """A recipe's file."""
    path.write_text(yaml.safe_dump(json.loads(json.dumps(sections))))
    return path


ALONE = (sys.executable, "-m", "cosalign.launch")


def launch(*arguments: object, program: tuple[str, ...] = ALONE) -> subprocess.Popen[str]:
    """`cosalign.launch` in processes of its own."""
    return subprocess.Popen(
        [*program, *map(str, arguments)],
        cwd=REPO,
        env=os.environ | ONE_THREAD,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(*arguments: object, program: tuple[str, ...] = ALONE) -> str:
    """The same to its end, which must be a good one."""
    process = launch(*arguments, program=program)
    out, _ = process.communicate(timeout=900)
    assert process.returncode == 0, out[-3000:]
    return out
