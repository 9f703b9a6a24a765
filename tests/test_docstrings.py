"""The examples in the docstrings of packages and public names run as they stand."""

import doctest
import inspect
from importlib import import_module
from pathlib import Path

import pytest
from inspect_ai import eval as run_eval

from baselines import comply_all, ideal
from tasks.cosapien import cosapien

REPO = Path(__file__).parent.parent
PACKAGES = ("cosapien", "scorers", "baselines", "cosalign", "leaderboard")
ROOMS = tuple(
    f"{package}.{door.parent.name}"
    for package in ("cosapien", "scorers")
    for door in sorted((REPO / package).glob("*/__init__.py"))
)
EXAMPLES = {"read_run", "summarize", "compare", "load_benchmark", "judge_by_rules", "is_refusal"} | {
    "scores_under_configs", "stratified_mean", "combine", "agreement", "load_labels", "rogan_gladen",
}  # fmt: skip
"""Names that a user calls first: each has an example."""


def public() -> dict[str, object]:
    """Packages, rooms and their public functions and classes, by their full name."""
    items: dict[str, object] = {}
    for door in (*PACKAGES, *ROOMS):
        module = import_module(door)
        items[door] = module
        for name in module.__all__:
            item = getattr(module, name)
            if inspect.isfunction(item) or inspect.isclass(item):
                items[f"{item.__module__}.{name}"] = item
    return items


def examples() -> dict[str, doctest.DocTest]:
    """The doctests of public things that have one."""
    parser = doctest.DocTestParser()
    tests = {}
    for name, item in public().items():
        test = parser.get_doctest(inspect.getdoc(item) or "", {}, name, None, None)
        if test.examples:
            tests[name] = test
    return tests


TESTS = examples()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with what some examples read: recipes, and logs of two responders on one config."""
    place = tmp_path_factory.mktemp("examples")
    (place / "recipes").symlink_to(REPO / "recipes")
    for responder in (ideal, comply_all):
        (log,) = run_eval(
            cosapien(dataset="contrast", configs="airline_fees"),
            model="none/none",
            solver=responder(),
            log_dir=str(place / "made"),
            display="none",
        )
        (place / "logs").mkdir(exist_ok=True)
        Path(log.location.removeprefix("file://")).rename(
            place / "logs" / f"{responder.__name__}.eval"
        )
    return place


@pytest.mark.parametrize("name", TESTS)
def test_examples_run(name, folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PWD", str(folder))
    output: list[str] = []
    result = doctest.DocTestRunner().run(TESTS[name], out=output.append)
    assert result.failed == 0, "".join(output)


def test_what_a_user_calls_first_has_an_example():
    missing = EXAMPLES - {name.rpartition(".")[2] for name in TESTS}
    assert missing == set()
    assert set(PACKAGES) - {"baselines"} <= set(TESTS)
