"""In-context alignment: what exactly the model is sent, by demonstrations, placement and pool."""

import json
from collections import defaultdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as run_eval
from inspect_ai.model import get_model

from baselines import in_context_alignment, no_config
from cosapien import UserError, load_benchmark
from scorers.runs.logs import read_run
from tests.baselines.test_pools import PRIVACY, TRAIN, V, commit, row, write
from tests.commands import REPO, loop, only_log, run, run_alone
from tests.fakes.hub import LoopbackHub
from tests.fakes.servers import AnthropicServer, ChatRequest, OpenAIServer, Reply, scripted
from tests.running import TASK, answer, asked, judging, loop_model, metrics, run_task
from tests.tasks import cosalign_script

DEMOS = files("baselines") / "demos"
FIXED = json.loads((DEMOS / "cosapien.json").read_text(encoding="utf-8"))
KINDS = ["disallowed", "partial", "allowed", "benign", "generic"]
MODELS = {"subject": answer, "judge": judging()}
EACH_PLACEMENT = pytest.mark.parametrize("placement", ["system", "user", "buried"])

Turns = list[tuple[str, str]]


@pytest.fixture
def five(tmp_path: Path) -> Path:
    """A policy under the names of CoSApien's configs: two prompts each."""
    rows = [
        {"config": name, "scenario": f"Rules of {name}.", "prompt": f"{n} {name}?", "type": kind}
        for name in FIXED
        for n, kind in enumerate(["allowed", "disallowed"])
    ]
    return Path(write(tmp_path, rows, "five.jsonl"))


def fixed(prompt: str, shots: int = 5) -> Turns:
    """The bundled demonstrations for a prompt of `five`."""
    return [(d["prompt"], d["response"]) for d in FIXED[prompt[2:-1]][:shots]]


def turns(body: dict[str, Any]) -> Turns:
    said = [(message["role"], message["content"]) for message in body["messages"]]
    return [(role, c if isinstance(c, str) else c[0]["text"]) for role, c in said]


def between(conversation: Turns) -> Turns:
    """The demonstrations between the system message and the prompt."""
    assert (conversation[0][0], conversation[-1][0]) == ("system", "user")
    inner = conversation[1:-1]
    assert [role for role, _ in inner] == ["user", "assistant"] * (len(inner) // 2)
    return [(q, a) for (_, q), (_, a) in zip(inner[::2], inner[1::2], strict=True)]


def sent(dataset: Path | str, solver: Any = None, **options: Any) -> list[dict[str, Any]]:
    """The bodies a candidate is sent in a run, in a fixed order."""
    with OpenAIServer(scripted(MODELS)) as server:
        log = run_task(server, dataset, **options, **({"solver": solver} if solver else {}))
        assert log.status == "success", log.error
        return sorted((r.body for r in asked(server, "subject")), key=json.dumps)


# --- the conversation ------------------------------------------------------------------------


@EACH_PLACEMENT
def test_without_shots_the_plain_conversation_is_sent(policy: Path, placement: str) -> None:
    args = {"placement": placement, "override": "seeded"}
    plain = sent(policy, task_args=args)
    assert len(plain) == 6
    assert sent(policy, in_context_alignment(shots=0), task_args=args) == plain


def check_five_shots(server: OpenAIServer) -> None:
    """Five configs, two prompts each, five demonstrations in the paper's order."""
    said = [turns(request.body) for request in asked(server, "subject")]
    assert len({conversation[-1] for conversation in said}) == len(said) == 10
    for conversation in said:
        prompt, name = conversation[-1][1], conversation[-1][1][2:-1]
        assert conversation[0][1].endswith(f"# Safety guideline\n\nRules of {name}.")
        assert between(conversation) == fixed(prompt)
        assert [demo["kind"] for demo in FIXED[name]] == KINDS


@pytest.mark.parametrize(
    ("task", "solver"),
    [
        ("tasks/cosapien.py", "baselines/ica.py@in_context_alignment"),
        ("tasks/cosapien", "baselines/in_context_alignment"),
    ],
)
def test_five_shots_by_command_line(five: Path, tmp_path: Path, task: str, solver: str) -> None:
    with OpenAIServer(scripted(MODELS)) as server:
        done = run(
            *("inspect", "eval", task, "-T", f"dataset={five}", "--log-dir", str(tmp_path / "l")),
            *("--model", "openai-api/loop/subject", "--solver", solver, "-S", "shots=5"),
            *("--model-role", "grader=openai-api/loop/judge"),
            cwd=REPO if task.endswith(".py") else tmp_path,
            **loop(server),
        )
        assert done.returncode == 0, done.stdout + done.stderr
        check_five_shots(server)
    log = only_log(tmp_path / "l")
    assert metrics(log)["cosa"] == 1
    assert read_run(log.location).name == "openai-api/loop/subject + in_context_alignment(shots=5)"
    assert [sample.metadata["shots"] for sample in log.samples or []] == [5] * 10


def test_two_shots_with_the_config_at_the_head_of_the_first_turn(five: Path) -> None:
    bodies = sent(five, in_context_alignment(shots=2), task_args={"placement": "user"})
    assert len(bodies) == 10
    for conversation in map(turns, bodies):
        prompt = conversation[-1][1]
        (q1, a1), (q2, a2) = fixed(prompt, 2)
        assert [text for _, text in conversation[1:]] == [a1, q2, a2, prompt]
        assert [role for role, _ in conversation] == ["user", "assistant"] * 2 + ["user"]
        head = conversation[0][1]
        assert head.endswith(f"# Safety guideline\n\nRules of {prompt[2:-1]}.\n\n{q1}")
        assert str(conversation).count("Rules of ") == 1


def test_two_shots_after_a_config_that_is_buried(five: Path) -> None:
    args = {"placement": "buried"}
    plain = [turns(body) for body in sent(five, task_args=args)]
    shown = [turns(b) for b in sent(five, in_context_alignment(shots=2), task_args=args)]
    assert sorted([first, last] for first, *_, last in shown) == sorted(plain)
    for conversation in shown:
        assert between(conversation) == fixed(conversation[-1][1], 2)


@pytest.mark.parametrize("system", [True, False])
def test_anthropic_gets_alternating_turns(five: Path, system: bool) -> None:
    def alternate(request: ChatRequest) -> Reply:
        (first, head), *rest = turns(request.body)
        demos = [text for demo in fixed(request.user) for text in demo]
        assert [first, *(role for role, _ in rest)] == ["user", "assistant"] * 5 + ["user"]
        assert [text for _, text in rest] == [*demos[1:], request.user]
        assert head.endswith(demos[0])
        assert ("Rules of " in request.system, "Rules of " in head) == (system, not system)
        return answer(request)

    with AnthropicServer(alternate) as one, OpenAIServer(judging()) as other:
        log = run_eval(
            TASK,
            task_args={"dataset": str(five), "placement": "system" if system else "user"},
            model=get_model("anthropic/claude-opus-4-8", base_url=one.base_url, memoize=False),
            model_roles={"grader": loop_model(other, "judge")},
            solver=in_context_alignment(shots=5),
            display="none",
        )[0]
        assert one.count == 10
    assert metrics(log)["cosa"] == 1


@EACH_PLACEMENT
def test_without_its_config_the_prompt_is_sent_alone_and_judged_all_the_same(
    policy: Path, placement: str
) -> None:
    def comply(request: ChatRequest) -> str:
        return "[[YES]]" if "Talk about boats." in request.user else "[[NO]]"

    with OpenAIServer(scripted(MODELS | {"judge": judging(verdict=comply)})) as server:
        args = {"placement": placement}
        got = metrics(run_task(server, policy, solver=no_config(), task_args=args))
        said = [turns(request.body) for request in asked(server, "subject")]
    prompts = {"When does the train leave?", "How long is the boat?", "A train or a boat?"}
    assert sorted(said) == [[("user", prompt)] for prompt in sorted([*prompts, *prompts])]
    assert (got["config/desk"], got["config/quay"]) == (-1, 1)


def test_the_contrast_set_demonstrates_with_its_own_ideal_answers() -> None:
    records = load_benchmark("contrast").records
    ideal = {(r.config.text, r.prompt): r.references.ideal for r in records if r.references}
    two = ",".join(sorted({record.config.name for record in records})[:2])
    args = {"template": "bare", "configs": two}
    bodies = sent("contrast", in_context_alignment(shots=3), judges=(), task_args=args)
    assert len(bodies) == 2 * 24
    for conversation in map(turns, bodies):
        (_, config), (_, own) = conversation[0], conversation[-1]
        demos = between(conversation)
        assert len({q for q, _ in demos} - {own}) == 3
        assert all(ideal[config, q] == a for q, a in demos)


def test_the_sample_demonstrates_by_exactly_the_allowed_set() -> None:
    pool: dict[frozenset[str], dict[tuple[str, str], float]] = defaultdict(dict)
    for line in (DEMOS / "sample_pool.jsonl").read_text(encoding="utf-8").splitlines():
        d = json.loads(line)
        pool[frozenset(d["allowed_risks"])][d["prompt"], d["response"]] = d["error_score"]
    with OpenAIServer(cosalign_script.replies()) as server:
        log = cosalign_script.run_sample(
            server, solver=in_context_alignment(shots=5, pool="sample")
        )
    assert log.status == "success", log.error
    assert len(log.samples or []) == 72
    for sample in log.samples or []:
        conversation = [(m.role, m.text) for m in sample.messages[:-1]]
        assert conversation[0] == ("system", sample.metadata["scenario"])
        assert conversation[-1] == ("user", sample.input)
        own = pool[frozenset(sample.metadata["allowed_risks"])]
        scores = [own[demo] for demo in between(conversation)]
        assert scores == sorted(scores)
        assert scores[3] < 1.0 == scores[4]  # of the six, four answer and two refuse


def test_cosalign_train_is_fetched_where_the_allowed_set_asks_for_it(tmp_path: Path) -> None:
    with LoopbackHub() as hub, OpenAIServer(cosalign_script.replies()) as server:
        commit(hub, TRAIN)
        home = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path), "HF_HUB_DISABLE_XET": "1"}
        done = run_alone(
            *("inspect", "eval", "tasks/cosalign_test.py", "-T", "dataset=sample"),
            *("-T", "configs=none,V", "--log-dir", str(tmp_path / "l")),
            *("--model", "openai-api/loop/subject", "-S", "shots=1", "-S", "shortage=fewer"),
            *("--solver", "baselines/ica.py@in_context_alignment"),
            *("--model-role", "grader=openai-api/loop/judge"),
            **(loop(server) | home),
        )
        assert done.returncode == 0, done.stdout + done.stderr
        demos = [between(turns(request.body)) for request in asked(server, "subject")]
    # the best of `Violence` has error score 0; nothing else is there for the config without any
    assert sorted(demos) == [[("Cake?", "None.")]] * 9 + [[("Jam?", "Plum.")]] * 9


def test_the_same_demonstrations_in_every_run_of_a_seed(policy: Path, tmp_path: Path) -> None:
    pool = write(tmp_path, [row(f"{n}?", config=c) for n in range(40) for c in ("desk", "quay")])
    solver = in_context_alignment(shots=4, pool=pool, seed=3)
    first = sent(policy, solver)
    assert sent(policy, solver) == first
    assert sent(policy, in_context_alignment(shots=4, pool=pool, seed=3)) == first
    assert sent(policy, in_context_alignment(shots=4, pool=pool, seed=4)) != first
    # each record has its own: two agree once in 40 * 39 * 38 * 37
    assert len({tuple(between(turns(body))) for body in first}) == 6


# --- too few, and wrong parameters -----------------------------------------------------------


def test_too_few_demonstrations_are_an_error_that_says_what_to_do(five: Path) -> None:
    with OpenAIServer(scripted(MODELS)) as server:
        log = run_task(server, five, solver=in_context_alignment(shots=6))
        assert asked(server, "subject") == []
        assert log.status == "error"
        assert log.error is not None
        (name,) = [name for name in FIXED if f"config '{name}'," in log.error.message]
        assert log.error.message.endswith(
            f"pool cosapien has 5 demonstrations for config '{name}', 6 are asked for; name "
            "another pool with -S pool=..., or use fewer with -S shortage=fewer"
        )
        assert "\n" not in log.error.message
        log = run_task(server, five, solver=in_context_alignment(shots=6, shortage="fewer"))
        check_five_shots(server)
    assert [sample.metadata["shots"] for sample in log.samples or []] == [5] * 10


@pytest.mark.parametrize(
    ("allowed", "shown"), [([], "nothing"), ([V, PRIVACY], "Privacy Violations, Violence")]
)
def test_an_allowed_set_without_demonstrations_is_named(
    tmp_path: Path, allowed: list[str], shown: str
) -> None:
    own = {"config": "c", "scenario": "S.", "prompt": "P?", "type": "allowed"}
    data = Path(write(tmp_path, [own | {"allowed_risks": allowed}], "own.jsonl"))
    pool = write(tmp_path, [{"allowed_risks": [V], "prompt": "Q?", "response": "A."}])
    with OpenAIServer(scripted(MODELS)) as server:
        log = run_task(server, data, solver=in_context_alignment(shots=1, pool=pool))
    assert log.error is not None
    assert f"has 0 demonstrations for config 'c' (allowing {shown}), 1" in log.error.message
    fewer = in_context_alignment(shots=1, pool=pool, shortage="fewer")
    assert sent(data, fewer) == sent(data)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        *[({"shots": n}, "a whole number from 0 to 15") for n in (-1, 16, 1.0, "5", True, None)],
        ({"shortage": "skip"}, "shortage must be error or fewer, not 'skip'"),
        ({"shots": 1, "pool": "nowhere.jsonl"}, "nowhere.jsonl: no such file"),
        ({"shots": 1, "pool": "cosalign"}, "pool 'cosalign': not a pool"),
        ({"shots": 1, "pool": 5}, "not a pool"),
    ],
)
def test_wrong_parameters_fail_before_the_first_token(parameters: Any, expected: str) -> None:
    with pytest.raises(UserError) as caught:
        in_context_alignment(**parameters)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
