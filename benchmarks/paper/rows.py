"""The rows of the paper's tables as Inspect tasks: a benchmark under each baseline.

They are the presets of `tasks/presets`, each with its own number of demonstrations, so that one
`inspect eval-set` runs them all with one server and one cache. On CoSApien the paper's cascades have five
demonstrations, on CoSAlign-Test none.
"""

from inspect_ai import Task, task, task_with
from inspect_ai.solver import Solver

from baselines import cascade, cascade_oracle, in_context_alignment
from tasks.cosalign_test import cosalign_test
from tasks.cosapien import cosapien

COSAPIEN = "microsoft/CoSApien"
COSALIGN_TEST = "microsoft/CoSAlign-Test"


@task
def cosapien_ica(dataset: str = COSAPIEN) -> Task:
    """The model with its config."""
    return _cosapien(in_context_alignment(), dataset)


@task
def cosapien_ica_1shot(dataset: str = COSAPIEN) -> Task:
    """One demonstration."""
    return _cosapien(in_context_alignment(shots=1), dataset)


@task
def cosapien_ica_5shot(dataset: str = COSAPIEN) -> Task:
    """Five demonstrations."""
    return _cosapien(in_context_alignment(shots=5), dataset)


@task
def cosapien_cascade(dataset: str = COSAPIEN) -> Task:
    """Five demonstrations; the model filters its own responses."""
    return _cosapien(cascade(shots=5), dataset)


@task
def cosapien_cascade_oracle(dataset: str = COSAPIEN) -> Task:
    """Five demonstrations; the benchmark's judge filters."""
    return _cosapien(cascade_oracle(shots=5), dataset)


@task
def cosalign_test_ica(dataset: str = COSALIGN_TEST) -> Task:
    """The model with its config."""
    return _cosalign_test(in_context_alignment(), dataset)


@task
def cosalign_test_ica_1shot(dataset: str = COSALIGN_TEST, pool: str = "auto") -> Task:
    """One demonstration, where the released pairs have one: for the seen configs."""
    return _cosalign_test(in_context_alignment(shots=1, pool=pool, shortage="fewer"), dataset)


@task
def cosalign_test_ica_5shot(dataset: str = COSALIGN_TEST, pool: str = "auto") -> Task:
    """Five demonstrations, where the released pairs have them."""
    return _cosalign_test(in_context_alignment(shots=5, pool=pool, shortage="fewer"), dataset)


@task
def cosalign_test_cascade(dataset: str = COSALIGN_TEST) -> Task:
    """The model filters its own responses."""
    return _cosalign_test(cascade(), dataset)


@task
def cosalign_test_cascade_oracle(dataset: str = COSALIGN_TEST) -> Task:
    """The benchmark's judge filters."""
    return _cosalign_test(cascade_oracle(), dataset)


def _cosapien(solver: Solver, dataset: str) -> Task:
    return task_with(cosapien(dataset=dataset), solver=solver)


def _cosalign_test(solver: Solver, dataset: str) -> Task:
    return task_with(cosalign_test(dataset=dataset), solver=solver)
