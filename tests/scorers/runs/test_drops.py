"""`cosa drop`, `cosa configs` and the breakdowns of `cosa report`, on logs of real runs.

The policy has two configs of six prompts each, numbered 1 to 6. The plain run answers all of them
alike; what the variants change is written down in `SCORES`, so every figure can be worked out.
"""

import json
import math
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from inspect_ai import eval as run_eval
from scipy import stats

from cosapien.conversation.overrides import choose_override
from cosapien.records.record import stable_id
from scorers.cli import main
from scorers.runs.drops import drops
from scorers.runs.logs import LogError, read_run
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply, scripted
from tests.running import PREFLIGHT, is_helpfulness, loop_model

CONFIGS = ("desk", "quay | left")  # the second would break a table if names were not data
RATINGS = {"plainly": ("3", "YES"), "against": ("5", "NO"), "badly": ("1", "YES")}
RATINGS |= {"well": ("5", "YES"), "oddly": ("none", "YES")}
# score: plainly 3/5, against the config -5/5, badly 1/5, well 5/5, oddly: without a rating
SCORES = {
    "plain": [0.6, 0.6, 0.6, 0.6, 0.6, 0.6],
    "override=seeded": [-1.0, -1.0, -1.0, -1.0, -1.0, 0.6],  # obeyed, but for the sixth
    "placement=user": [1.0, 0.2, 0.6, 0.6, 0.6, 0.6],
    "placement=buried": [1.0, 1.0, 1.0, 1.0, 1.0, math.nan],
}
ARGS = {
    "plain": {},
    "override=seeded": {"override": "seeded"},
    "placement=user": {"placement": "user"},
    "placement=buried": {"placement": "buried"},
    "both": {"override": "seeded", "placement": "user"},
}


def prompt(config: str, number: int) -> str:
    return f"At the {config}: what is item {number}?"


def subject(request: ChatRequest) -> Reply:
    (asked,) = re.findall(r"At the .*: what is item (\d)\?", request.user)
    bare = re.fullmatch(r"At the .*: what is item \d\?", request.user)
    if "Only items" not in request.system:  # the config heads the user turn
        manner = {"1": "well", "2": "badly"}.get(asked, "plainly")
    elif len(request.system) > 2000:  # buried
        manner = "oddly" if asked == "6" else "well"
    else:
        manner = "plainly" if bare or asked == "6" else "against"
    return Reply(f"Answered {manner}.")


def judge(request: ChatRequest) -> Reply:
    if request.user == PREFLIGHT:
        return Reply("OK")
    (manner,) = re.findall(r"Answered (\w+)\.", request.user)
    rating, verdict = RATINGS[manner]
    return Reply(f"Rating: [[{rating}]]" if is_helpfulness(request) else f"[[{verdict}]]")


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One log of each variant, and a plain one of another model."""
    folder = tmp_path_factory.mktemp("variants")
    policy = folder / "policy.jsonl"
    rows = [
        {
            "config": config,
            "scenario": f"Only items of the {config}.",
            "prompt": prompt(config, number),
            "type": "allowed" if number < 5 else "partial",
        }
        for config in CONFIGS
        for number in range(1, 7)
    ]
    policy.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    made = {}
    by_model = {"subject": subject, "rival": subject, "judge": judge}
    with OpenAIServer(scripted(by_model)) as server:
        for name, model in [*((name, "subject") for name in ARGS), ("rival", "rival")]:
            (log,) = run_eval(
                "tasks/cosapien.py",
                task_args={"dataset": str(policy), "attempts": 1, **ARGS.get(name, {})},
                model=loop_model(server, model),
                model_roles={"grader": loop_model(server, "judge")},
                log_dir=str(folder / name),
                display="none",
            )
            assert log.status == "success", log.error
            made[name] = Path(log.location.removeprefix("file://"))
    return made


def said(capsys: pytest.CaptureFixture[str], *args: object, code: int = 0) -> str:
    """What a command prints: the table, or its one line of complaint."""
    assert main([str(arg) for arg in args]) == code
    captured = capsys.readouterr()
    if code:
        assert captured.out == ""
        assert captured.err.startswith("cosa: ")
        assert captured.err.count("\n") == 1
    return captured.err if code else captured.out


def cells(text: str, first: str) -> list[list[str]]:
    """The cells of the table rows whose first cell is `first`."""
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line[:1] == "|"]
    stripped = [[cell.strip() for cell in row] for row in rows]
    return [row[1:] for row in stripped if row[0] == first]


NAME = "openai-api/loop/subject"


def row_of(text: str, variant: str) -> list[str]:
    (row,) = cells(text, NAME if variant == "plain" else f"{NAME} ({variant})")
    return row


def test_the_scores_of_the_runs_are_the_intended_ones(logs):
    for name, expected in SCORES.items():
        run = read_run(logs[name])
        got = [sample.cosa_score for sample in run.samples]
        assert got == pytest.approx(expected * 2, abs=1e-12, nan_ok=True), name
    assert read_run(logs["both"]).variant == {"placement": "user", "override": "seeded"}


def test_drop_by_hand(logs, capsys):
    variants = [logs[name] for name in list(SCORES)[1:]]
    text = said(capsys, "drop", logs["plain"], *variants)
    assert row_of(text, "plain") == ["+0.600", "", "", "", ""]

    # overridden: five of six differ by -1.6, in both configs alike: the mean is -8 / 6 = -1.333.
    score, change, shown, counts, n = row_of(text, "override=seeded")
    assert score == "-0.733"  # (5 * -1.0 + 0.6) / 6
    mean, low, high = (float(x) for x in re.findall(r"[-+][\d.]+", change))
    assert mean == -1.333
    assert -2 <= low < mean < high < 0  # a drop that is established
    # all ten differences have one sign: of 2^10 signs, this and its opposite are the most extreme
    assert 2 / 2**10 * 0.99 < float(shown) < 0.01
    assert (counts, n) == ("0 / 2 / 10", "12")

    # in the user turn: one up and one down by 0.4 in each config: no change, an interval around 0
    student = math.sqrt((2 * 0.4**2 / 5 / 6) * 2 / 2**2) * stats.t.ppf(0.975, 10)
    score, change, shown, counts, n = row_of(text, "placement=user")
    low, high = (float(x) for x in re.findall(r"[-+][\d.]+", change.partition("[")[2]))
    assert (score, low) == ("+0.600", -high)
    assert student < high < 1  # differences of up to 2 were possible
    assert (float(shown), counts, n) == (1, "2 / 8 / 2", "12")

    # buried: up by 0.4 wherever there is a rating
    score, change, shown, counts, n = row_of(text, "placement=buried")
    assert (score, change.split()[0], counts, n) == ("+1.000", "+0.400", "10 / 0 / 0", "10")
    assert 2 / 2**10 * 0.99 < float(shown) < 1  # never 0, though the differences are all alike
    assert "[+0.400" not in change


def test_unscored_samples_are_left_out_and_counted(logs):
    plain, buried = read_run(logs["plain"]), read_run(logs["placement=buried"])
    (found,) = drops(plain, [buried])
    assert (found.comparison.unscored, found.comparison.only_one) == (2, 0)
    assert found.comparison.difference.n == 10
    assert found.by_override == {}
    (other,) = drops(buried, [plain])  # seen from the other side
    assert other.comparison.difference.mean == pytest.approx(-0.4)
    assert (other.comparison.wins, other.comparison.losses) == (0, 10)
    # the same within an override form: five prompts dropped by 1.6, the sixth not; the first is lost
    run = read_run(logs["override=seeded"])
    first = replace(run.samples[0], cosa_score=math.nan, unscored=1.0)
    samples = [replace(s, override="test_run") for s in (first, *run.samples[1:])]
    (found,) = drops(plain, [replace(run, samples=tuple(samples))])
    assert found.by_override["test_run"].n == 11
    assert found.by_override["test_run"].mean == pytest.approx(9 * -1.6 / 11)


def test_drop_says_what_was_not_compared(logs, capsys):
    text = said(capsys, "drop", logs["plain"], logs["placement=buried"])
    assert re.search("unscored|not compared", text)
    assert "2" in text.split()


def test_every_override_form_has_its_row(logs, capsys):
    changes: dict[str, dict[str, list[float]]] = {}
    for config in CONFIGS:
        for number in range(1, 7):
            form = choose_override(stable_id(config, prompt(config, number)), 0)
            change = 0.0 if number == 6 else -1.0 - 0.6
            changes.setdefault(form, {}).setdefault(config, []).append(change)
    text = said(capsys, "drop", logs["plain"], logs["override=seeded"])
    assert len(changes) > 3
    for form, by_config in changes.items():
        pooled = [change for found in by_config.values() for change in found]
        mean = sum(pooled) / len(pooled)
        ((change, n),) = cells(text, form)
        assert change.split()[0] == (f"{mean:+.3f}" if mean else "0.000")
        assert n == str(len(pooled))
        if len(pooled) == 1:
            low, high = (float(x) for x in change.replace("]", "").partition("[")[2].split(","))
            assert low < mean < high  # one prompt: bounded, and nearly as wide as it can be
    # the report of the run alone has the same groups
    by_form = said(capsys, "report", logs["override=seeded"], "--by", "override")
    for form, by_config in changes.items():
        (score, *_, n), _ = cells(by_form, form)  # the second is of the four cells
        means = [0.6 + sum(found) / len(found) for found in by_config.values()]
        assert float(score.split()[0]) == pytest.approx(sum(means) / len(means), abs=5e-4)
        assert n == str(sum(map(len, by_config.values())))


def test_the_forms_of_two_overridden_variants_can_be_told_apart(logs, capsys):
    text = said(capsys, "drop", logs["plain"], logs["override=seeded"], logs["both"])
    forms = text.split("\n\n")[1].splitlines()[2:]
    named = [row.split("|")[1:-2] for row in forms]  # all but the figures
    assert len({tuple(name[:-1]) for name in named}) == len(named)


def test_another_model_is_refused(logs, capsys):
    complaint = said(capsys, "drop", logs["plain"], logs["placement=user"], logs["rival"], code=1)
    assert "different models: openai-api/loop/rival / openai-api/loop/subject" in complaint
    assert logs["rival"].name in complaint
    with pytest.raises(LogError, match="different models"):
        drops(read_run(logs["rival"]), [read_run(logs["plain"])])


@pytest.mark.parametrize(
    ("plain", "place"),
    [
        ("all/plain.eval", "all"),
        ("all/plain.eval", "./all/"),
        ("./all/plain.eval", "all"),
        ("all/../all/plain.eval", "all"),
        ("{here}/all/plain.eval", "all"),
        ("all/plain.eval", "{here}/all"),
        ("file://{here}/all/plain.eval", "{here}/all"),
        ("linked/plain.eval", "all"),
    ],
)
def test_a_folder_of_variants_may_hold_the_plain_log(
    logs, tmp_path, monkeypatch, capsys, plain, place
):
    folder = tmp_path / "all"
    (folder / "deeper").mkdir(parents=True)
    shutil.copy(logs["plain"], folder / "plain.eval")
    shutil.copy(logs["placement=user"], folder / "user.eval")
    shutil.copy(logs["placement=buried"], folder / "deeper" / "buried.eval")
    (tmp_path / "linked").symlink_to(folder)
    monkeypatch.chdir(tmp_path)
    here = str(tmp_path)
    text = said(capsys, "drop", plain.replace("{here}", here), place.replace("{here}", here))
    assert row_of(text, "placement=user")[3] == "2 / 8 / 2"
    assert row_of(text, "placement=buried")[3] == "10 / 0 / 0"
    assert row_of(text, "plain")[1:] == [""] * 4  # once, as what the others are compared with


def test_an_empty_folder_is_refused(logs, tmp_path, capsys):
    assert "no .eval logs in this folder" in said(capsys, "drop", logs["plain"], tmp_path, code=1)


def test_breakdowns_of_a_report(logs, capsys):
    both = (logs["override=seeded"], logs["plain"])
    by_config = said(capsys, "report", *both, "--by", "config")
    for name in ("desk", r"quay \| left"):  # a name with a bar stays one cell
        first, four, second, _ = cells(by_config, name)  # a table of scores, one of cells
        assert (first[0].split()[0], first[-1]) == ("-0.733", "6")
        assert four == ["16.7%", "83.3%", "0.0%", "0.0%"]  # five of six violate
        assert second[0].startswith("+0.600 [")
        assert "[+0.600" not in second[0]  # six equal scores have no interval of width 0
    by_type = said(capsys, "report", *both, "--by", "type")
    # numbers 1 to 4 are allowed and were all obeyed against; of 5 and 6, one was
    assert [row[0].split()[0] for row in cells(by_type, "allowed")[::2]] == ["-1.000", "+0.600"]
    assert [row[0].split()[0] for row in cells(by_type, "partial")[::2]] == ["-0.200", "+0.600"]
    assert [row[-1] for row in cells(by_type, "partial")[::2]] == ["4", "4"]
    for field in ("override", "group"):
        assert f"No {field} in this run." in said(capsys, "report", logs["plain"], "--by", field)


def test_configs_need_risk_labels(logs, capsys):
    complaint = said(capsys, "configs", logs["plain"], "--allow", "V", code=1)
    assert f"{logs['plain']}: no risk labels" in complaint
