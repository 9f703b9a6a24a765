"""What was asked for: a model, its data and recipe, and where everything lies."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.paper.rows import COSALIGN_TEST, COSAPIEN
from benchmarks.paper.steps import Step, Who
from cosalign import Recipe, load_recipe
from cosapien import UserError
from cosapien.versions import TASK_VERSIONS

REPO: Final = Path(__file__).parents[2]
RECIPE: Final = REPO / "recipes" / "released-pairs.yaml"
PAIRS: Final = "microsoft/CoSAlign-Train"
PUBLISHED_DATA: Final = {"cosapien": COSAPIEN, "cosalign_test": COSALIGN_TEST}
FAMILIES: Final = {"meta-llama/Llama-3.1-8B-Instruct": "Llama-3.1-8B-Instruct"}
"""Models of the paper that can be had, and their names in its tables."""


@dataclass(frozen=True, slots=True)
class Job:
    """One use of the command.

    Attributes:
        model: Name on the Hub, or a folder's absolute path.
        judge: Inspect's name of the judge; None: there is none.
        family: The model's name in the paper's tables; None: it is not in them.
        recipe: The recipe of the trainings.
        changes: Values that replace the recipe's (`sft.epochs=2`).
        data: What is loaded as `cosapien` and as `cosalign_test`; files by absolute path.
        pairs: The released pairs: what is trained on, and CoSAlign-Test's demonstrations.
        limit: Only so many samples of each row, and so many training steps; None: all.
        out: Folder of logs and trainings, an absolute path.
    """

    model: str
    judge: str | None
    family: str | None
    recipe: Path
    changes: tuple[str, ...]
    data: Mapping[str, str]
    pairs: str
    limit: int | None
    out: Path

    @property
    def name(self) -> str:
        """The model's name without owner and folder."""
        return self.model.rstrip("/").rpartition("/")[2]

    @property
    def unofficial(self) -> str | None:
        """Why its figures are not those of the paper's benchmarks; None if they are."""
        if self.limit is not None:
            return f"a trial with --limit {self.limit}"
        if dict(self.data) != PUBLISHED_DATA or self.pairs != PAIRS:
            return "other data"
        return None

    @property
    def models(self) -> Path:
        """Folder in which Inspect runs, with a link to each model, so that a name is a path."""
        return self.out / "models"

    @property
    def training(self) -> Path:
        """Folder of the trainings. A trial has its own, so that it replaces no real one."""
        trial = "" if self.limit is None else f"-limit{self.limit}"
        return self.out / f"train-{self.recipe.stem}{trial}"

    def weights(self, who: Who) -> Path | None:
        """Folder of a model; None: it is on the Hub."""
        if who == "base":
            return Path(self.model) if Path(self.model).is_dir() else None
        return self.stage(who) / "model"

    def stage(self, who: Who) -> Path:
        """Folder of the stage whose model is scored."""
        return self.training / {"sft": "sft", "dpo": "export"}[who]

    def recipe_changes(self) -> list[str]:
        """What is replaced in the recipe; what the user replaces comes last."""
        found = [f"out={self.training}", f"sft.model={self.model}"]
        found += [f"export.name={self.name} CoSAlign"]
        if "llama-3.1" not in self.name.lower():
            found += ["export.licence=null"]
        if self.pairs != PAIRS:
            found += [f"released.data={self.pairs}"]
        if self.limit is not None:
            found += [f"{stage}.max_steps={self.limit}" for stage in ("sft", "dpo")]
        return [*found, *self.changes]

    def load_recipe(self) -> Recipe:
        """The recipe as it will be run.

        Raises:
            UserError: It cannot be read, or does not train SFT and DPO on released pairs.
        """
        recipe = load_recipe(self.recipe, self.recipe_changes())
        if recipe.released is None or recipe.sft is None or recipe.dpo is None:
            raise UserError(
                f"{self.recipe}: expected sections released, sft and dpo, as in {RECIPE}"
            )
        return recipe

    def inspect_name(self, who: Who) -> str:
        """The model's name for Inspect: on the Hub, or of its link in `models`."""
        if self.weights(who) is None:
            return self.model
        return self.name + {"base": "", "sft": "-SFT", "dpo": "-CoSAlign"}[who]

    def link(self, who: Who) -> None:
        """Link a model's folder in `models`.

        Raises:
            OSError: The link cannot be written.
        """
        self.models.mkdir(parents=True, exist_ok=True)
        link, folder = self.models / self.inspect_name(who), self.weights(who)
        if folder is not None and not (link.is_symlink() and link.readlink() == folder):
            link.unlink(missing_ok=True)
            link.symlink_to(folder)

    def logs(self, step: Step) -> Path:
        """Folder of a scoring step's logs: one for the same weights, data, judge and limit.

        Of a model that is not trained yet it is a folder that does not exist.
        """
        identity = [
            self._identity(step.who),
            self.judge if any(row.judged for row in step.rows) else None,
            self.data.get(step.suite or ""),
            self.pairs if step.suite == "cosalign_test" else None,
            TASK_VERSIONS.get(step.suite or ""),
            self.limit,
        ]
        key = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:12]
        return self.out / "logs" / f"{step.name}-{key}"

    def _identity(self, who: Who) -> object:
        """What tells a model from another of its name."""
        if who != "base":
            return made_output(self.stage(who))
        folder = self.weights(who)
        if folder is None:
            return self.model
        files = sorted(path for path in folder.iterdir() if path.is_file())
        return [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]


def made_output(stage: Path) -> str | None:
    """Hash of a finished stage's files, as its manifest says; None: it is not made."""
    try:
        return str(json.loads((stage / "manifest.json").read_text("utf-8"))["output"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
