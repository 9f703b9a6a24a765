"""Every command in the documents names tasks, solvers, scorers and parameters that exist."""

import ast
import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest

from leaderboard.cli import _parser as leaderboard_parser
from scorers.cli import _parser

REPO = Path(__file__).parent.parent
PAGES = [
    "README.md",
    "cosalign/README.md",
    "tasks/README.md",
    "docs/capability.md",
    "docs/data.md",
    "docs/generated.md",
    "docs/guards.md",
    "docs/judging.md",
    "docs/leaderboard.md",
    "docs/running.md",
    "docs/scoring.md",
    "docs/tasks.md",
    "docs/toy.md",
]
BY_NAME = {"tasks": REPO / "tasks", "baselines": REPO / "baselines", "scorers": REPO / "scorers"}
BY_NAME |= {"cosalign": REPO / "cosalign" / "safeguards"}


def commands(page: str) -> list[str]:
    """The `inspect ...` and `cosa ...` commands of a page, from blocks and from inline code."""
    text = (REPO / page).read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.partition(" # ")[0] for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    found = [part.strip().removeprefix("$ ") for line in lines + inline for part in line.split(";")]
    return [
        c
        for c in found
        if re.match(r"(inspect (eval|eval-set|score)|cosa \w+|leaderboard \w+) \S", c)
    ]


def functions(path: Path) -> dict[str, list[str]]:
    """Parameters of the functions a file defines at its top level."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name: [arg.arg for arg in node.args.args + node.args.kwonlyargs]
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }


def named(target: str) -> dict[str, list[str]]:
    """What `folder/file.py`, `folder/file.py@name` or `folder/name` stands for."""
    path, _, name = target.partition("@")
    if path.endswith(".py"):
        found = functions(REPO / path)
        return {name: found[name]} if name else {k: v for k, v in found.items() if k[0] != "_"}
    package, _, name = target.partition("/")
    for file in BY_NAME[package].rglob("*.py"):
        if name in (found := functions(file)):
            return {name: found[name]}
    raise KeyError(target)


def check(command: str) -> None:
    words = shlex.split(command.replace("...", ""))
    if words[0] in ("cosa", "leaderboard"):
        parser = _parser() if words[0] == "cosa" else leaderboard_parser()
        for word in words[1:]:  # a verb, and perhaps a verb of that verb: `cosa round new`
            if parser._subparsers is None:
                break
            parser = parser._subparsers._group_actions[0].choices[word]  # type: ignore[index]
        options = {o for a in parser._actions for o in a.option_strings}
        assert {w for w in words[2:] if w.startswith("--")} <= options, command
        return
    # what `-T`, `-S` and so on belong to: the tasks named, the last solver or scorer named
    tasks = [word for word in words[2:] if word.startswith("tasks/")]
    targets = {"-T": [parameters for task in tasks for parameters in named(task).values()]}
    for flag, value in pairwise(words):
        if flag in ("--solver", "--scorer"):
            targets["-S"] = list(named(value).values())
            assert len(targets["-S"]) == 1, command
        elif flag in ("-T", "-S"):
            name = value.partition("=")[0]
            assert any(name in parameters for parameters in targets[flag]), (command, name)


@pytest.mark.parametrize("page", PAGES)
def test_documented_commands_name_what_exists(page: str) -> None:
    found = commands(page)
    assert found
    for command in found:
        check(command)


@pytest.mark.parametrize(
    "wrong",
    [
        "inspect eval tasks/nothing.py --model m",
        "inspect eval tasks/cosapien.py -T shots=5",
        "inspect eval tasks/cosapien.py --solver baselines/cascade.py@nothing",
        "inspect eval tasks/cosapien --solver baselines/cascade -S wording=memo",
        "cosa report logs --wrong",
        "cosa round new folder --wrong",
        "leaderboard nothing logs",
        "leaderboard serve --wrong",
    ],
)
def test_a_wrong_command_would_be_noticed(wrong: str) -> None:
    with pytest.raises((AssertionError, KeyError, FileNotFoundError)):
        check(wrong)


def test_a_figure_of_ours_names_the_log_it_comes_from() -> None:
    page = (REPO / "tasks" / "README.md").read_text(encoding="utf-8")
    tables = re.findall(r"^\| (.+) \|$", page, re.MULTILINE)
    ours: list[list[int]] = []
    for row in tables:
        cells = [cell.strip() for cell in row.split("|")]
        if any("ours" in cell for cell in cells):
            ours.append([i for i, cell in enumerate(cells) if "ours" in cell])
        elif ours and "`inspect eval" in row:
            assert all(cells[i] == "" or "](" in cells[i] for i in ours[-1]), row
    assert ours
