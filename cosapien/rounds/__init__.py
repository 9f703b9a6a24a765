"""Private rounds of the generated benchmark: a secret seed, committed to before anybody runs a model.

The organiser publishes prompts and policies and keeps the seed. Who runs a model enters a digest of its
responses before the round closes. Then the seed is revealed, and anybody can make checks and types again.
"""

from cosapien.rounds.entries import (
    ENTRIES,
    Entry,
    ResponseKey,
    add_entry,
    check_open,
    digest_of,
    read_entries,
)
from cosapien.rounds.forms import moment_text
from cosapien.rounds.organise import (
    REVEAL,
    ROUND,
    SECRET,
    new_round,
    read_records,
    read_reveal,
    read_round,
    reveal_round,
)
from cosapien.rounds.public import RECORDS, public_records, read_public, records_sha256
from cosapien.rounds.reveals import Reveal, RoundBenchmark, opened, parse_reveal
from cosapien.rounds.terms import (
    MAX_RECORDS,
    Round,
    Secret,
    commitment_of,
    is_round,
    parse_round,
    round_name,
    size_of,
)

__all__ = [
    "ENTRIES",
    "MAX_RECORDS",
    "RECORDS",
    "REVEAL",
    "ROUND",
    "SECRET",
    "Entry",
    "ResponseKey",
    "Reveal",
    "Round",
    "RoundBenchmark",
    "Secret",
    "add_entry",
    "check_open",
    "commitment_of",
    "digest_of",
    "is_round",
    "moment_text",
    "new_round",
    "opened",
    "parse_reveal",
    "parse_round",
    "public_records",
    "read_entries",
    "read_public",
    "read_records",
    "read_reveal",
    "read_round",
    "records_sha256",
    "reveal_round",
    "round_name",
    "size_of",
]
