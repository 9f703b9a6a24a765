"""The inputs of pairs: the tables of earlier stages, joined by id, as numbers and as texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cosalign.candidates.answers import CUT
from cosalign.pairs.error_score import Flags, Ints, masks
from cosalign.pairs.rule import Configs, Hashes, Responses, hashes
from cosalign.pairs.sides import text_key
from cosalign.stages import Stage, StageError
from cosalign.taxonomy.categories import Taxonomy

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class PairInputs:
    """The joined tables, without the long texts.

    Attributes:
        prompts: Columns `prompt_id`, `prompt`, `split`, `source`.
        prompt_risks: Bit masks, by row of `prompts`.
        labelled: Whether a prompt has a label, by row of `prompts`.
        configs: The configs in use.
        config_rows: Their columns `config_id` and `mode`.
        responses: The responses in use.
        response_rows: Their column `response_id`.
        words: Hash of each response's text as it is read (`cosalign.pairs.sides.as_read`).
        config_words: The same of each config's text.
        counts: Number of rows in use, and of rows left out, by reason.
    """

    prompts: pa.Table
    prompt_risks: Ints
    labelled: Flags
    configs: Configs
    config_rows: pa.Table
    responses: Responses
    response_rows: pa.Table
    words: Hashes
    config_words: Hashes
    counts: dict[str, int]


def read_inputs(
    *,
    judge: Stage,
    candidates: Stage,
    configs: Stage,
    label: Stage,
    prompts: Stage,
    taxonomy: Taxonomy,
    modes: Sequence[str],
    draws: Sequence[int] | None,
    drop_truncated: bool,
) -> PairInputs:
    """Join the stages.

    Args:
        judge: Labels of responses.
        candidates: Texts of responses.
        configs: Configs of prompts.
        label: Labels of prompts.
        prompts: Texts and splits of prompts.
        taxonomy: The categories.
        modes: Config modes in use.
        draws: Draws of each mode in use; None for all.
        drop_truncated: Whether to leave out responses that reached their token limit.

    Raises:
        StageError: A category is unknown, or nothing is left to pair.
    """
    texts = prompts.table(["prompt_id", "prompt", "split", "source"])
    ids = texts["prompt_id"]
    risks, labelled = _prompt_risks(label, ids, taxonomy)
    counts: dict[str, int] = {}
    asked, rows = _configs(configs, ids, taxonomy, modes, draws, counts)
    judged, answers = _responses(judge, candidates, ids, taxonomy, drop_truncated, counts)
    if not counts["configs"] or not counts["responses"]:
        raise StageError(
            f"pairs: nothing to pair: {counts['configs']} configs and {counts['responses']} judged "
            "responses in use; left out: "
            + ", ".join(f"{count} {what}" for what, count in counts.items() if " " in what)
        )
    words = _words(candidates, "response_id", "response", answers["response_id"])
    config_words = _words(configs, "config_id", "system_prompt", rows["config_id"])
    return PairInputs(
        texts, risks, labelled, asked, rows, judged, answers, words, config_words, counts
    )


def text_batches(
    stage: Stage, key: str, text: str, wanted: pa.ChunkedArray
) -> Iterator[tuple[pa.Array, Ints]]:
    """Read a stage's column of texts batch by batch, with the row of each text's key in `wanted`.

    Args:
        stage: The stage.
        key: The column with the texts' keys.
        text: The column of texts.
        wanted: The keys in use.

    Yields:
        Texts, and their rows in `wanted`; -1 for texts that are not wanted.
    """
    import pyarrow.parquet as pq

    for batch in pq.ParquetFile(stage.path).iter_batches(columns=[key, text], batch_size=8_192):
        yield batch[text], _places(batch[key], wanted)


def _words(stage: Stage, key: str, text: str, wanted: pa.ChunkedArray) -> Hashes:
    """A hash of each text as it is read, in the order of the wanted keys."""
    words = np.zeros(len(wanted), np.uint64)
    for texts, rows in text_batches(stage, key, text, wanted):
        for row, words_of in zip(rows.tolist(), texts.to_pylist(), strict=True):
            if row >= 0 and not words[row]:
                words[row] = text_key(words_of)
    return words


def _places(keys: pa.Array | pa.ChunkedArray, among: pa.ChunkedArray) -> Ints:
    """The row of each key in a column of distinct keys; -1 for a null or an unknown key."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = pc.index_in(keys, value_set=among.drop_null().combine_chunks(), skip_nulls=True)
    places: Ints = pc.fill_null(rows.cast(pa.int64()), -1).to_numpy()
    return places


def _prompt_risks(label: Stage, ids: pa.ChunkedArray, taxonomy: Taxonomy) -> tuple[Ints, Flags]:
    import pyarrow.compute as pc

    table = label.table(["prompt_id", "risks"])
    table = table.filter(pc.is_valid(table["risks"]))
    places = _places(table["prompt_id"], ids)
    known = places >= 0
    risks, labelled = np.zeros(len(ids), np.int64), np.zeros(len(ids), bool)
    risks[places[known]] = masks(table["risks"], taxonomy, "label")[known]
    labelled[places[known]] = True
    return risks, labelled


def _configs(
    configs: Stage,
    ids: pa.ChunkedArray,
    taxonomy: Taxonomy,
    modes: Sequence[str],
    draws: Sequence[int] | None,
    counts: dict[str, int],
) -> tuple[Configs, pa.Table]:
    import pyarrow as pa
    import pyarrow.compute as pc

    table = configs.table(["config_id", "prompt_id", "mode", "draw", "allowed"])
    table = table.filter(pc.is_in(table["mode"], value_set=pa.array(modes, pa.string())))
    if draws is not None:
        table = table.filter(pc.is_in(table["draw"], value_set=pa.array(draws, table["draw"].type)))
    prompt = _places(table["prompt_id"], ids)
    known = np.flatnonzero(prompt >= 0)
    counts["configs"] = len(known)
    counts["configs of unknown prompts"] = table.num_rows - len(known)
    allowed = masks(table["allowed"], taxonomy, "configs")
    rows = table.select(["config_id", "mode"]).take(pa.array(known))
    return Configs(prompt[known], allowed[known], hashes(rows["config_id"])), rows


def _responses(
    judge: Stage,
    candidates: Stage,
    ids: pa.ChunkedArray,
    taxonomy: Taxonomy,
    drop_truncated: bool,
    counts: dict[str, int],
) -> tuple[Responses, pa.Table]:
    import pyarrow as pa
    import pyarrow.compute as pc

    table = judge.table(["response_id", "prompt_id", "risks", "addressed", "status"])
    prompt = _places(table["prompt_id"], ids)
    verdict = pc.and_(pc.is_valid(table["risks"]), pc.is_valid(table["addressed"])).to_numpy()
    empty = pc.equal(table["status"], "empty").to_numpy()
    given = candidates.table(["response_id", "stop_reason"])
    stopped = pc.is_in(given["stop_reason"], value_set=pa.array(CUT))
    cut = given.filter(stopped)["response_id"]
    candidate = pc.is_in(table["response_id"], value_set=given["response_id"].combine_chunks())
    truncated = pc.is_in(table["response_id"], value_set=cut.combine_chunks()).to_numpy()
    left = np.ones(table.num_rows, bool)
    for what, wrong in (
        ("responses without a verdict", ~verdict),
        ("empty responses", empty),
        ("responses that are no candidates", ~candidate.to_numpy()),
        ("responses to unknown prompts", prompt < 0),
        ("truncated responses", truncated & drop_truncated),
    ):
        counts[what] = int((left & wrong).sum())
        left &= ~wrong
    kept = np.flatnonzero(left)
    counts["responses"] = len(kept)
    table = table.take(pa.array(kept))
    responses = Responses(
        prompt[kept],
        masks(table["risks"], taxonomy, "judge"),
        table["addressed"].to_numpy(),
        hashes(table["response_id"]),
    )
    return responses, table.select(["response_id"])
