"""Judging submitted responses again by an engine in Inspect's place: the same verdicts."""

from pathlib import Path

import pytest
from inspect_ai.model import model_roles

from cosapien import UserError
from leaderboard.errors import SubmissionError
from leaderboard.evidence.attestations import AttestationFile
from leaderboard.evidence.rescore import rescore
from leaderboard.results.submission import Submission
from scorers.waves import EngineOptions
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply, scripted
from tests.leaderboard.evidence.test_rescore import MODELS, again, strict, submitted
from tests.running import PREFLIGHT, asked, loop_model

MADE_ANEW = {"created", "log_sha256"}


def by_engine(
    submission: Submission, server: OpenAIServer, folder: Path, engine: EngineOptions
) -> AttestationFile:
    return rescore(
        submission,
        graders=[loop_model(server, "strict")],
        by="the board",
        log_dir=folder / "by_engine",
        engine=engine,
    )


@pytest.mark.parametrize("name", ["async", pytest.param("ray", marks=pytest.mark.train)])
def test_the_same_as_by_inspect(name: str, policy: Path, tmp_path: Path) -> None:
    if name == "ray":
        pytest.importorskip("ray")
    with OpenAIServer(scripted(MODELS)) as server:
        submission = submitted(server, policy, tmp_path)
        first = again(submission, server, tmp_path)
        server.clear()
        before = model_roles()
        second = by_engine(submission, server, tmp_path, EngineOptions(name))  # type: ignore[arg-type]
        assert model_roles() == before, (
            "a judge left bound would judge the next task of this process"
        )
        assert {r.model for r in server.requests} == {"strict"}
    found, wanted = second.model_dump(mode="json"), first.model_dump(mode="json")
    assert {key for key in wanted if found[key] != wanted[key]} <= MADE_ANEW
    assert second.difference.mean == pytest.approx(-0.8)


def test_after_an_outage_only_the_rest_is_asked(policy: Path, tmp_path: Path) -> None:
    down = True

    def flaky(request: ChatRequest) -> Reply:
        if down and "or a boat" in request.user:
            return Reply.error(400, "no", sdk_retry=False)
        return strict(request)

    with OpenAIServer(scripted(MODELS | {"strict": flaky})) as server:
        submission = submitted(server, policy, tmp_path)
        with pytest.raises(SubmissionError, match="2 of 6 samples have no verdict, the first is"):
            by_engine(submission, server, tmp_path, EngineOptions())
        down = False
        answered = {r.user for r in asked(server, "strict") if "or a boat" not in r.user}
        before = len(server.requests)
        found = by_engine(submission, server, tmp_path, EngineOptions())
        assert not answered & {r.user for r in server.requests[before:]} - {PREFLIGHT}
    assert found.difference.mean == pytest.approx(-0.8)


def test_several_epochs_are_refused(policy: Path, tmp_path: Path) -> None:
    with OpenAIServer(scripted(MODELS)) as server:
        submission = submitted(server, policy, tmp_path, epochs=2)
        with pytest.raises(UserError, match="rescore needs several epochs"):
            by_engine(submission, server, tmp_path, EngineOptions())
