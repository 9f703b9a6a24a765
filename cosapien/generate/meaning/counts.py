"""How many clauses of each kind a policy has."""

from cosapien.generate.meaning.world import TOTAL, World
from cosapien.generate.spec import Dial


def clause_counts(dial: Dial, world: World) -> dict[str, int]:
    """Counts by kind; with the default they are `dial.clauses`.

    The kinds are term (definitions), order, no_derivation, referral, obligation, list, exception, same
    (references) and rule.

    Args:
        dial: How difficult the policy is.
        world: What it is about.
    """
    topics = len(world.attributes)
    left = dial.clauses - 1
    share = {"term": min(dial.terms, left - 4)}
    # an order wherever rules can disagree
    share["order"] = int(dial.conflicts > 0 or dial.clauses > 2 * topics)
    left -= share["term"] + share["order"]
    share["no_derivation"] = int(TOTAL in world.attributes and left > 8)
    referrals = 4 + 2 * (left // 24) if dial.terms > 1 else 2 + left // 10
    share["referral"] = min(referrals, topics, left - 1)
    rest = left - share["referral"] - 1
    share["obligation"] = min(1 + left // 30, rest) if dial.terms else 0
    share["list"] = min(left // 9, 4) if dial.terms else 0
    left -= share["no_derivation"] + share["referral"] + share["obligation"] + share["list"]
    share["exception"] = (2 * left) // 5 if dial.depth else 0
    share["same"] = left // 8 if dial.terms else 0
    share["rule"] = left - share["exception"] - share["same"]
    return share
