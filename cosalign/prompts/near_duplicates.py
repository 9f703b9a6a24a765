"""Near-duplicates among prompts: candidates by MinHash, each checked exactly."""

from __future__ import annotations

from collections.abc import Mapping

from cosalign.asking.shards import progress
from cosalign.stages import StageError

PIECE = 5
_PERMUTATIONS = 128


def near_duplicates(texts: Mapping[str, str], threshold: float) -> set[str]:
    """The texts that are nearly one of those kept, of which each is kept if none before it is close.

    Texts are taken in the order of their keys, so the outcome depends on no other order. Two texts
    are close if they share at least `threshold` of their 5-character pieces (Jaccard). MinHash finds
    the candidates and may overlook a pair that is close to the threshold; what it finds is checked.

    Args:
        texts: Texts by key.
        threshold: Above 0, below 1.

    Returns:
        Keys of those to leave out.

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
