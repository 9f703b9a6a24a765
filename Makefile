# The verbs. Everything runs in .venv (or .venv-vllm), made from the project's own files.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: eval help demo app real paper bench test test-train test-vllm check format clean

eval: $(VENV)/.core            ## the benchmark on the bundled data: no key, no network, no model
	$(BIN)/python -m tasks.quickstart logs/reference

help:                          ## these verbs
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

demo: $(VENV)/.train           ## CoSAlign, whole, in a toy world: trains on the CPU, prints scores
	$(BIN)/cosalign demo $(ARGS)

app: $(VENV)/.leaderboard      ## the board of the runs in logs/; without any, the rows that come with the package
	$(BIN)/leaderboard serve --logs $(or $(LOGS),logs) --or-shipped $(ARGS)

# vLLM's CPU build answers faster than transformers and is for Linux on x86-64; its environment is larger.
# Without it: make real REAL=.venv
REAL ?= $(if $(filter Linux-x86_64,$(shell uname -s)-$(shell uname -m)),.venv-vllm,$(VENV))
real: $(if $(filter .venv-vllm,$(REAL)),.venv-vllm/.stamp,$(VENV)/.smol) ## a small real model on two benchmarks: a row on a board, no key
	$(REAL)/bin/python -m tasks.real_model $(ARGS)

paper: $(VENV)/.paper          ## the paper's tables for MODEL=ORG/NAME: plan and cost first, then all runs
	$(BIN)/python -m benchmarks.paper $(or $(MODEL),$(error make paper MODEL=ORG/NAME)) $(ARGS)

bench: $(VENV)/.dev            ## what asking costs beside Inspect, a trivial task and bare clients: ratios of one run
	$(BIN)/python benchmarks/speed/asking.py --quick $(ARGS)

test: $(VENV)/.dev             ## the test suite
	$(BIN)/python -m pytest -n auto $(ARGS)

test-train: $(VENV)/.deepspeed ## the tests that train for minutes: resume, several processes, the toy world
	$(BIN)/python -m pytest -m train -n 2 --dist loadscope --no-loadscope-reorder $(ARGS)

test-vllm: .venv-vllm/.stamp   ## the tests that need a real vLLM server (CPU)
	.venv-vllm/bin/python -m pytest -m vllm tests/vllm $(ARGS)

check: $(VENV)/.dev            ## lint, format, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev           ## fix what ruff can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:                         ## remove environments and caches (not logs)
	rm -rf .venv .venv-vllm .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/.leaderboard: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable ".[leaderboard]"
	touch $@ $(VENV)/.core

$(VENV)/.smol: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable ".[smol,leaderboard]"
	touch $@ $(VENV)/.core $(VENV)/.leaderboard

$(VENV)/.train: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable ".[train]"
	touch $@ $(VENV)/.core

$(VENV)/.paper: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable ".[train,capability]"
	touch $@ $(VENV)/.core $(VENV)/.train

# torch is pinned in the `train` extra: a CPU wheel is enough for the tests.
$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable ".[dev,train]"
	touch $@ $(VENV)/.core

$(VENV)/.deepspeed: tests/deepspeed_env/requirements.txt $(VENV)/.dev
	$(BIN)/pip install --quiet --no-deps --upgrade --target $(VENV)/deepspeed -r $<
	touch $@

.venv-vllm/.stamp: pyproject.toml tests/vllm_env/install.sh
	bash tests/vllm_env/install.sh .venv-vllm
