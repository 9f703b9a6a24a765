"""The prompt of a row's judge, as far as it is known."""

from collections.abc import Mapping


def judge_prompt(judge: Mapping[str, object]) -> str:
    """The prompt of a judge identity, if this version has it; otherwise its hash.

    Args:
        judge: A judge identity (`scorers.judge_identity`).
    """
    from scorers.questions import RISK_LABELS, RUBRICS, prompt_hash

    asked = judge.get("prompt_hash")
    known = [
        (helpfulness, safety)
        for helpfulness, compliance in RUBRICS.values()
        for safety in (compliance, RISK_LABELS)
    ]
    for criteria in known:
        if asked == prompt_hash(criteria):
            return "\n\n".join(f"{c.rubric}\n\n{c.ending}" for c in criteria)
    return f"Not known to this version of cosa-eval; prompt hash {asked}"
