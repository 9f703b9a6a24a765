"""The rules of the house: import arrows, light imports, small files, documents that hold."""

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from statistics import median

import pytest

REPO = Path(__file__).parent.parent
MAY_IMPORT = {
    "cosapien": set(),
    "scorers": {"cosapien"},
    "baselines": {"cosapien", "scorers"},
    "cosalign": {"cosapien", "scorers"},
    "leaderboard": {"cosapien", "scorers"},
    "tasks": {"cosapien", "scorers", "baselines"},
}
SOURCES = [path for package in MAY_IMPORT for path in sorted((REPO / package).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    """Top-level names a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.partition(".")[0])
    return names


def test_imports_run_one_way() -> None:
    wrong = [
        f"{path.relative_to(REPO)} imports {name}"
        for path in SOURCES
        for name in imported(path) & set(MAY_IMPORT)
        if name not in MAY_IMPORT[(own := path.relative_to(REPO).parts[0])] | {own}
    ]
    assert wrong == []


def test_files_are_small() -> None:
    lines = [len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES]
    assert median(lines) < 200
    assert max(lines) < 300


@pytest.mark.parametrize("module", ["tasks.cosapien", "scorers", "baselines", "scorers.cli"])
def test_imports_are_light(module: str) -> None:
    heavy = ("torch", "transformers", "trl", "streamlit", "datasets", "pandas", "pyarrow", "vllm")
    code = f"import sys, {module}; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("package", ["cosapien", "scorers", "baselines"])
def test_public_names_exist_and_are_documented(package: str) -> None:
    module = import_module(package)
    for name in module.__all__:
        item = getattr(module, name)
        if inspect.isfunction(item) or inspect.isclass(item):
            assert item.__doc__, f"{package}.{name} has no docstring"


def test_readme_names_only_what_exists() -> None:
    readme = (REPO / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", readme):
        assert (REPO / target).exists(), target
    makefile = (REPO / "Makefile").read_text(encoding="utf-8")
    for verb in re.findall(r"(?:^|`)make ([a-z-]+)", readme, re.MULTILINE):
        assert re.search(rf"^{verb}:", makefile, re.MULTILINE), verb
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extra in re.findall(r"\.\[([a-z]+)\]", readme):
        assert extra in project["optional-dependencies"], extra


def parameters(task: str) -> list[str]:
    """The `-T` names of a task."""
    tree = ast.parse((REPO / "tasks" / f"{task}.py").read_text(encoding="utf-8"))
    (found,) = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == task]
    return [argument.arg for argument in found.args.args]


@pytest.mark.parametrize("task", ["cosapien", "cosalign_test", "guard", "judge_agreement"])
def test_readme_documents_every_task_parameter(task: str) -> None:
    readme = (REPO / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## The tasks' parameters")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|", section, re.MULTILINE)
    documented = [name for name, tasks in rows if tasks == "all" or task in tasks.split(", ")]
    assert documented == parameters(task)
