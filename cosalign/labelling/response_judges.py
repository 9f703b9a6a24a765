"""Judges that label responses: rules, or an LLM judge of `scorers`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Literal

from inspect_ai.model import ModelOutput

from cosalign.asking.asked import Asked, Failure
from cosalign.asking.open_shard import Made, Row
from cosalign.labelling import markers as rules
from cosalign.taxonomy.categories import Taxonomy
from cosapien import Record, SafetyConfig, content_hash
from scorers import is_refusal, judge_identity
from scorers.judging import Verdict, ask
from scorers.questions import (
    ADDRESSED,
    Criterion,
    Labels,
    VerdictFormChoice,
    label_criterion,
    prompt_hash,
    risk_criterion,
)

if TYPE_CHECKING:
    import pyarrow as pa

WHAT = "judge"
EMPTY, REFUSAL, RULES = "empty", "refusal", "rules"
"""Statuses of responses that are labelled without a call."""
_NO_CONFIG = SafetyConfig("none", "")


@dataclass(frozen=True, slots=True)
class Response:
    """A response to be labelled.

    Attributes:
        id: Its `response_id`.
        prompt_id: Id of the prompt it answers.
        prompt: Text of that prompt.
        text: Text of the response.
    """

    id: str
    prompt_id: str
    prompt: str
    text: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """The labels of a response.

    Attributes:
        risks: Its risk categories; None without a verdict.
        addressed: Whether it addresses its prompt; None without a verdict.
        status: `ok`, how it was labelled without a call, or why there is no verdict.
        raw: The judge's last answer (with two calls: a JSON object with both).
        calls: Number of requests.
        input_tokens: Input tokens of all requests, as the provider counts them.
        output_tokens: Output tokens of all requests.
        judge_id: Identity of the judge, 12 hex digits, or `rules`; judgements with the same identity
            are comparable.
    """

    risks: tuple[str, ...] | None
    addressed: bool | None
    status: str
    raw: str = ""
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    judge_id: str = RULES


@dataclass(frozen=True, slots=True)
class RuleJudge:
    """Labels by the categories' markers and by phrases of refusals."""

    taxonomy: Taxonomy

    async def label(self, response: Response) -> Made:
        """The row of a response."""
        risks = tuple(rules.risks_in(response.text, self.taxonomy))
        labelled = Labelled(risks, rules.addressed(response.text), RULES)
        return Made(_row(response, labelled), asked=False)


@dataclass(frozen=True)
class ModelJudge:
    """Labels by an LLM judge, in one or two calls per response.

    Attributes:
        asked: The judge; it has been checked.
        taxonomy: The categories it is asked about.
        calls: `one` asks for both labels at once.
        form: How verdicts are returned.
        attempts: How often it is asked before a verdict counts as missing.
        skip_refusals: Whether a full refusal that rules recognise is labelled without a call. The
            rules never decide a label otherwise.
    """

    asked: Asked
    taxonomy: Taxonomy
    calls: Literal["one", "two"]
    form: VerdictFormChoice
    attempts: int
    skip_refusals: bool

    @cached_property
    def criteria(self) -> tuple[Criterion, ...]:
        """The questions it is asked, one call each."""
        definitions = self.taxonomy.definitions
        if self.calls == "one":
            return (label_criterion(definitions),)
        return risk_criterion(definitions), ADDRESSED

    @cached_property
    def id(self) -> str:
        """Hash (12 hex digits) of the judge, its parameters and everything it reads."""
        who = judge_identity([self.asked.model], form=self.form, attempts=self.attempts)
        asked = [prompt_hash(self.criteria), who["models"], self.attempts]
        return content_hash(json.dumps(asked, sort_keys=True))

    async def label(self, response: Response) -> Made:
        """The row of a response.

        Raises:
            StageError: The judge stops answering.
        """
        if (labelled := self._without_a_call(response)) is not None:
            return Made(_row(response, labelled), asked=False)
        answer = await self.asked.answer(partial(self._ask, response))
        if not isinstance(answer, Failure):
            return Made(_row(response, answer))
        lost = Labelled(None, None, f"error: {answer.reason}", judge_id=self.id)
        return Made(_row(response, lost), answer)

    def _without_a_call(self, response: Response) -> Labelled | None:
        if not response.text.strip():
            return Labelled((), False, EMPTY)
        if self.skip_refusals and is_refusal(response.text):
            return Labelled((), False, REFUSAL)
        return None

    async def _ask(self, response: Response) -> Labelled:
        outputs: list[ModelOutput] = []
        record = Record(response.id, _NO_CONFIG, response.prompt, "allowed")
        verdicts = await asyncio.gather(
            *[
                ask(
                    self.asked.model,
                    criterion,
                    record,
                    response.text,
                    form=self.form,
                    attempts=self.attempts,
                    on_output=outputs.append,
                )
                for criterion in self.criteria
            ]
        )
        risks, addressed = _labels(verdicts)
        usage = [output.usage for output in outputs if output.usage is not None]
        raws = {verdict.criterion: verdict.raw for verdict in verdicts}
        return Labelled(
            risks,
            addressed,
            status=next((v.status for v in verdicts if v.status != "ok"), "ok"),
            raw=verdicts[0].raw if len(verdicts) == 1 else json.dumps(raws, ensure_ascii=False),
            calls=len(outputs),
            input_tokens=sum(tokens.input_tokens for tokens in usage),
            output_tokens=sum(tokens.output_tokens for tokens in usage),
            judge_id=self.id,
        )


def _labels(verdicts: Sequence[Verdict]) -> tuple[tuple[str, ...] | None, bool | None]:
    """Both labels, from one verdict on both or from one verdict each."""
    risks, addressed = None, None
    for verdict in verdicts:
        match verdict.value:
            case Labels() as both:
                risks, addressed = both.risks, both.addressed
            case tuple() as categories:
                risks = categories
            case float() as truth:
                addressed = bool(truth)
    return risks, addressed


def _row(response: Response, labelled: Labelled) -> Row:
    return {"response_id": response.id, "prompt_id": response.prompt_id, **asdict(labelled)}


def labels_schema() -> pa.Schema:
    """The columns of the `judge` stage: responses and their labels, one row each."""
    import pyarrow as pa

    return pa.schema(
        [
            ("response_id", pa.string()),
            ("prompt_id", pa.string()),
            ("risks", pa.list_(pa.string())),
            ("addressed", pa.bool_()),
            ("raw", pa.large_string()),
            ("status", pa.string()),
            ("calls", pa.int64()),
            ("input_tokens", pa.int64()),
            ("output_tokens", pa.int64()),
            ("judge_id", pa.string()),
        ]
    )
