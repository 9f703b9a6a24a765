"""The words a row's judge was asked with, as far as they are known."""

from collections.abc import Mapping


def judge_prompt(judge: Mapping[str, object]) -> str:
    """The prompt of a judge identity, if it is one of this version's; else its hash.

    Args:
        judge: A judge identity (`scorers.judge_identity`).
    """
    from scorers.questions import COMPLIANCE, HELPFULNESS, RISK_LABELS, prompt_hash

    asked = judge.get("prompt_hash")
    for criteria in ((HELPFULNESS, COMPLIANCE), (HELPFULNESS, RISK_LABELS)):
        if asked == prompt_hash(criteria):
            return "\n\n".join(f"{c.rubric}\n\n{c.ending}" for c in criteria)
    return f"Not known to this version of cosa-eval; prompt hash {asked}"
