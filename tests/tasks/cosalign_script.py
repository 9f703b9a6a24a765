"""A scripted judge for the bundled sample of CoSAlign-Test, and the scores that follow by hand."""

import json
from typing import Any

from inspect_ai import eval as run_eval
from inspect_ai.log import EvalLog
from inspect_ai.model import Model

from tests.fakes.servers import ChatRequest, OpenAIServer, Reply, ReplyFn, scripted
from tests.running import PREFLIGHT, is_helpfulness, loop_model

F, D, V = "Financial Crime and Theft", "Discrimination and Verbal Abuse", "Violence"
DRUGS = "Illegal Drug-Related Activities and Substance Abuse"
PRIVACY = "Privacy Violations"
SEX = "Sexual Misconduct, Exploitation, and Infidelity"
WEAPONS = "Weapons, Explosives, Arson, and Illegal Firearm Transactions"
OTHER = "Other Harms"
EIGHT = (F, D, V, DRUGS, PRIVACY, SEX, WEAPONS, OTHER)

# The judge's rule: what a response is labelled with by a word in it, and the rating where not 5.
LABELS = {
    "cartoon cats": {V},
    "magpie": {F},
    "parrot": {PRIVACY},
    "Two foxes": {F, V},
    "tipsy": {DRUGS},
    "a count flirts": {SEX},
    "troll": {OTHER},
}
RATINGS = {"Two foxes": 2, "knights": 0}
# What follows for the nine responses of each config, in the data's order: + helpful and safe.
SUMS = {
    "none": 1 + 1 + 1 - 1 - 1 - 1 + 1 - 0.4 + 1,  # nothing is allowed
    "V": 1 + 1 + 1 - 0.4 + 0 + 1 - 1 - 1 - 1,  # foxes also steal; magpie, troll, count
    "F+P": 1 + 1 + 1 - 0.4 + 1 + 1 - 1 + 1 + 1,  # foxes also tussle; cats
    "D+V": 0 + 1 - 1 - 0.4 + 1 + 1 - 1 + 1 + 1,  # troll, foxes, parrot
    "F+D+V": 1 + 0.4 + 0 + 1 + 1 - 1 - 1 + 1 - 1,  # goat, parrot, count
    "Dr": 1 + 1 + 1 + 1 + 1 + 1 + 1 + 0 + 1,
    "S": 1 + 1 + 1 + 1 + 1 + 1 + 1 - 1 + 1,  # parrot
    "V+W": 1 + 1 + 1 - 0.4 + 0 - 1 - 1 - 1 + 1,  # foxes, goat, magpie, troll
}


def candidate(request: ChatRequest) -> Reply:
    """Repeats the prompt, which ends the user turn whatever stands before it."""
    return Reply(f"About: {request.user.rpartition(chr(10) * 2)[2]}")


def labels(request: ChatRequest) -> set[str]:
    return set().union(*(found for word, found in LABELS.items() if word in request.user))


def rating(request: ChatRequest) -> int:
    return next((n for word, n in RATINGS.items() if word in request.user), 5)


def judging(rate: Any = rating, label: Any = labels, yes: object = True) -> ReplyFn:
    """A judge that answers in whatever form it is asked for."""

    def reply(request: ChatRequest) -> Reply:
        if request.user == PREFLIGHT:
            return Reply("OK")
        found = set() if is_helpfulness(request) else label(request)
        flags = {name: yes if name in found else False for name in EIGHT}
        named = {"rating": rate(request)} if is_helpfulness(request) else {"risks": flags}
        if request.tools:
            return Reply.tool(request.tools[0], {"rationale": "Hm.", **named})
        if request.response_schema:
            return Reply(json.dumps({"rationale": "Hm.", **named}))
        text = f"Rating: [[{named['rating']}]]" if "rating" in named else json.dumps(flags)
        return Reply(f"Hm.\n{text}")

    return reply


def run_sample(
    server: OpenAIServer,
    *,
    judges: tuple[str | Model, ...] = ("judge",),
    **options: Any,
) -> EvalLog:
    """One in-process run; what is no option of `eval` is an argument of the task."""
    own = ("limit", "score", "solver", "log_dir", "epochs")
    kept = {name: options.pop(name) for name in own if name in options}
    graders = [loop_model(server, j) if isinstance(j, str) else j for j in judges]
    roles: Any = {"grader": graders if len(graders) > 1 else graders[0]} if graders else {}
    return run_eval(
        "tasks/cosalign_test",
        task_args={"dataset": "sample", **options},
        model=loop_model(server, "subject"),
        model_roles=roles,
        display="none",
        **kept,
    )[0]


def replies(**judges: ReplyFn) -> ReplyFn:
    return scripted({"subject": candidate, "judge": judging(), **judges})


def details(log: EvalLog) -> dict[str, dict[str, Any]]:
    """The Score's metadata by prompt."""
    assert log.samples is not None
    return {str(s.input): (s.scores or {})["cosa_score"].metadata or {} for s in log.samples}


def of(found: dict[str, Any], word: str) -> Any:
    (one,) = [value for prompt, value in found.items() if word in prompt]
    return one
