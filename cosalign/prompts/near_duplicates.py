"""Near-duplicates among prompts: found by MinHash, then checked exactly."""

from __future__ import annotations

from collections.abc import Mapping

from cosalign.asking.shards import progress
from cosalign.stages import StageError

PIECE = 5
_PERMUTATIONS = 128


def near_duplicates(texts: Mapping[str, str], threshold: float) -> set[str]:
    """Find the texts that are close to a text that is kept.

    Texts are processed in the order of their keys, and kept if no kept text is close. Two texts are
    close if the share of common 5-character pieces (Jaccard similarity) is at least `threshold`.
    MinHash finds candidates, which are then checked exactly; it may miss pairs near the threshold.

    Args:
        texts: Texts by key.
        threshold: Similarity above 0 and below 1.

    Returns:
        Keys of the texts to leave out.

    Raises:
        StageError: The package datasketch is missing.
    """
    try:
        from datasketch import MinHash, MinHashLSH
    except ImportError as error:
        raise StageError(
            "prompts: near_duplicates needs datasketch: pip install 'cosa-eval[taxonomy]'"
        ) from error
    keys = sorted(texts)
    index = MinHashLSH(threshold=threshold, num_perm=_PERMUTATIONS)
    pieces = {key: _pieces(texts[key]) for key in keys}
    dropped: set[str] = set()
    with progress(len(keys), "prompts: near-duplicates") as bar:
        sketches = MinHash.generator(
            ([piece.encode() for piece in sorted(pieces[key])] for key in keys),
            num_perm=_PERMUTATIONS,
            seed=1,
        )
        for key, sketch in zip(keys, sketches, strict=True):
            mine = pieces[key]
            close = any(
                len(mine & pieces[other]) >= threshold * len(mine | pieces[other])
                for other in index.query(sketch)
            )
            if close:
                dropped.add(key)
            else:
                index.insert(key, sketch)
            bar.update()
    return dropped


def _pieces(text: str) -> set[str]:
    return {text[at : at + PIECE] for at in range(max(1, len(text) - PIECE + 1))}
