"""The rules of the house: import arrows, light imports, small files, documents that hold."""

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from collections import Counter
from graphlib import TopologicalSorter
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
ROOMS = {
    "cosapien": "errors registry_names taxonomy versions whole records generate datasets rounds"
    " conversation",
    "scorers": "statistics text responses questions rules runs judging guards labels cosa rounds"
    " asking progress clusters batches waves running _registry cli",
    "baselines": "demo_rows pools ica cascade retrieval_words retrieval reference _registry",
    "cosalign": "safeguards stages watching asking taxonomy prompts configs candidates labelling pairs"
    " policies shared_prefix training hub pipeline toy _registry launch cli",
    "leaderboard": "errors untrusted results rounds intake evidence review board reading display exports"
    " site shipped app commands cli",
    "tasks": "run_end assembly cosapien cosalign_test guard judge_agreement presets quickstart"
    " real_model _registry",
}
"""Rooms of each package (folders, or files beside them), bottom to top: each imports only lower ones."""
MOST_FILES = 10
SOURCES = [path for package in MAY_IMPORT for path in sorted((REPO / package).rglob("*.py"))]
BENCHMARKS = sorted((REPO / "benchmarks").rglob("*.py"))


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


def is_module(module: tuple[str, ...], name: str) -> bool:
    """Whether `from module import name` means a file or a room, not something that a door exports."""
    folder = REPO.joinpath(*module)
    door = folder / "__init__.py"
    exported = door.exists() and f'"{name}"' in door.read_text(encoding="utf-8")
    return not exported and ((folder / f"{name}.py").exists() or (folder / name).is_dir())


def imports(path: Path) -> list[tuple[str, ...]]:
    """What a file imports of this project, as the parts of each dotted name."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            module = tuple(node.module.split("."))
            named = [a.name for a in node.names if is_module(module, a.name)]
            found += [(*module, name) for name in named] or [module]
    return [name for name in found if name[0] in MAY_IMPORT]


def test_rooms_are_in_order() -> None:
    wrong = []
    for path in SOURCES:
        package, *rest = path.relative_to(REPO).with_suffix("").parts
        if rest == ["__init__"]:
            continue
        order = ROOMS[package].split()
        for name in imports(path):
            if name[0] == package and len(name) == 1:
                wrong.append(f"{path.relative_to(REPO)} imports the door of its own package")
            elif name[0] == package and order.index(name[1]) > order.index(rest[0]):
                wrong.append(f"{path.relative_to(REPO)} imports {'.'.join(name)}, a higher room")
    assert wrong == []


def test_other_packages_use_doors() -> None:
    """`scorers.runs`, not `scorers.runs.logs`: files may move inside their room."""
    wrong = [
        f"{path.relative_to(REPO)} imports {'.'.join(name)}"
        for path in SOURCES
        for name in imports(path)
        if name[0] != path.relative_to(REPO).parts[0] and len(name) > 2
    ]
    assert wrong == []


def test_no_circles() -> None:
    """Files import each other in one direction, also inside a room."""
    names = {path.relative_to(REPO).with_suffix("").parts: path for path in SOURCES}
    below = {name: set(imports(path)) & set(names) for name, path in names.items()}
    list(TopologicalSorter(below).static_order())  # raises CycleError


def test_pages_of_the_app_have_no_loose_strings() -> None:
    """Streamlit shows a string that stands alone, such as one under a variable, on the page."""
    loose = [
        f"{path.relative_to(REPO)}:{node.lineno}"
        for path in (REPO / "leaderboard" / "app").rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body[1:]
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ]
    assert [place for place in loose if "/views/" in place or "main.py" in place] == []


def test_rooms_are_small() -> None:
    files = [path for path in SOURCES + BENCHMARKS if path.name != "__init__.py"]
    counts = Counter(path.parent for path in files)
    assert {str(room.relative_to(REPO)): n for room, n in counts.items() if n > MOST_FILES} == {}


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


VERBS = (
    ("scorers.cli", "--help"),
    ("scorers.cli", "check", "contrast"),
    ("leaderboard.cli", "--help"),
    ("cosalign.cli", "--help"),
    ("cosalign.cli", "review-config", "README.md"),
)


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_verbs_without_a_model_start_without_inspect(words: tuple[str, ...]) -> None:
    """Inspect takes two seconds to import; who asks for help, or checks a file, need not wait."""
    code = (
        f"import runpy, sys; sys.argv = {list(words)!r}\n"
        "try: runpy.run_module(sys.argv[0], run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print([m for m in ('inspect_ai', 'scipy', 'torch', 'datasets') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("package", ["cosapien", "scorers", "baselines", "cosalign", "leaderboard"])
def test_public_names_exist_and_are_documented(package: str) -> None:
    module = import_module(package)
    for name in module.__all__:
        item = getattr(module, name)
        if inspect.isfunction(item) or inspect.isclass(item):
            assert item.__doc__, f"{package}.{name} has no docstring"


PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "tasks/README.md", "cosalign/README.md"]
PAGES += [path.relative_to(REPO).as_posix() for path in sorted((REPO / "docs").glob("*.md"))]


def test_readme_is_short() -> None:
    assert len((REPO / "README.md").read_text(encoding="utf-8").splitlines()) < 150


def test_readme_leads_to_every_page() -> None:
    readme = (REPO / "README.md").read_text(encoding="utf-8")
    assert [page for page in PAGES if page != "README.md" and f"]({page})" not in readme] == []


@pytest.mark.parametrize("page", PAGES)
def test_pages_name_only_what_exists(page: str) -> None:
    text = (REPO / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!http)([^)#]+)", text):
        assert ((REPO / page).parent / target).exists(), target
    for target, anchor in re.findall(r"\]\((?!http)([^)#]*)#([^)]+)\)", text):
        linked = ((REPO / page).parent / target) if target else REPO / page
        titles = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", x.lower()).replace(" ", "-") for x in titles}, (
            anchor
        )
    makefile = (REPO / "Makefile").read_text(encoding="utf-8")
    for verb in re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE):
        assert re.search(rf"^{verb}:", makefile, re.MULTILINE), verb
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extra in re.findall(r"\.\[([a-z]+)\]", text):
        assert extra in project["optional-dependencies"], extra
    for path in re.findall(rf"`((?:{'|'.join(MAY_IMPORT)}|tests)/[\w/]+\.(?:py|yaml))`", text):
        assert "NAME" in path or (REPO / path).exists(), path


def parameters(task: str) -> list[str]:
    """The `-T` names of a task."""
    tree = ast.parse((REPO / "tasks" / f"{task}.py").read_text(encoding="utf-8"))
    (found,) = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == task]
    return [argument.arg for argument in found.args.args]


@pytest.mark.parametrize("task", ["cosapien", "cosalign_test", "guard", "judge_agreement"])
def test_tasks_page_documents_every_task_parameter(task: str) -> None:
    page = (REPO / "docs" / "tasks.md").read_text(encoding="utf-8")
    section = page.partition("## The tasks' parameters")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|", section, re.MULTILINE)
    documented = [name for name, tasks in rows if tasks == "all" or task in tasks.split(", ")]
    assert documented == parameters(task)
