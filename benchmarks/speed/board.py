"""Speed of the board with 200 models x 3,200 samples: index build, pages in a browser, memory.

    python benchmarks/speed/board.py                                     # about 6 minutes, 1.5 GB of disk
    python benchmarks/speed/board.py --models 6 --miniature --repeats 1  # a trial with the 72 bundled
    python benchmarks/speed/board.py --folder /tmp/board                 # keeps the data for another run

The submissions are synthetic (`benchmarks/speed/board_data.py`): 8 configs x 400 harmless prompts in the
form of CoSAlign-Test. A loopback Hub serves the data, so that the validator compares ids, prompts and
config texts as on a real board. Making the data is not measured. The index is built in its own
process; the pages are those of `leaderboard serve` in Debian's headless chromium.

Times are measured by the browser's clock: a page's from the start of the navigation, an action's from
the key or mouse button, until the page shows the expected text (see `WAITED`) and nothing on it is
stale. The page is polled every 10 ms. Memory is the resident set of the server process, its children
and the command that started it, at the end.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

    from cosapien import Benchmark
    from leaderboard.board.index_file import Index
    from leaderboard.reading.database import Found

REPO = Path(__file__).resolve().parents[2]
BARS = {
    "index of all submissions": 30.0,
    "Board, warm": 2.5,
    "Board: filter by name": 0.5,
    "Failures: filter by kind": 0.5,
    "Failures: open a sample": 0.3,
    "Failures: next sample": 0.3,
    "memory of the server, MB": 400.0,
}
WAITED = {
    "Board, cold": "the first visit to a server just started: the table holds all rows",
    "Board, warm": "a later visit in the same browser: the table holds all rows",
    "Board: filter by name": "Enter in the name field; the table holds the rows of that name",
    "Failures, warm": "the count of all failures and the list",
    "Failures: filter by kind": "Enter in the list of kinds; the count of that kind",
    "Failures: open a sample": "a click in the list; the page's end, that sample's address",
    "Failures: next sample": "the key N; the page's end, that sample's address",
    "Failures: text search": "Enter in the text field; the count of what holds the text",
    "Model": "the last heading, what the submitter says",
    "Compare": "the paired difference of two rows, wins, ties and losses",
}
READY = """
const shows = () => !document.querySelector("[data-stale=true]") && ({condition});
const poll = () => {{
  if (shows()) {{ window.boardTime = performance.now() - ({start}); }}
  else {{ setTimeout(poll, 10); }}
}};
window.boardTime = null; poll();
"""
TEXT = "document.body.innerText.includes({text})"
GRID = 'document.querySelector("[data-testid=stDataFrame] table[role=grid]")'
CONTENT = f'{GRID} && {GRID}.getAttribute("aria-rowcount") == "{{rows}}"'


def main() -> None:
    """Make the data, measure, and print one Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=int, default=200, help="submissions (default: 200)")
    parser.add_argument(
        "--miniature", action="store_true", help="72 samples per model instead of 3,200"
    )
    parser.add_argument(
        "--repeats", type=int, default=5, help="repeats of each page and action (default: 5)"
    )
    parser.add_argument("--folder", type=Path, help="folder of the data; existing data is reused")
    parser.add_argument("--build", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.build is not None:
        print(json.dumps(build(args.build)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = (args.folder or Path(scratch)).resolve()
        with data_at(folder, args.miniature):
            measure(folder, args.models, args.miniature, args.repeats)


@contextmanager
def data_at(folder: Path, miniature: bool) -> Iterator[None]:
    """Set the environment of a user whose Hub has the data, before any client is imported."""
    from tests.fakes.hub import LoopbackHub

    os.environ |= {"HF_HOME": str(folder / "hf"), "COSA_CACHE": str(folder / "cache")}
    os.environ |= {"PYTHONPATH": str(REPO)}
    with LoopbackHub() as hub:
        os.environ["HF_ENDPOINT"] = hub.url
        if not miniature:
            from benchmarks.speed.board_data import COSALIGN_ID, published_files

            hub.add_dataset(COSALIGN_ID, published_files())
        yield


def make(benchmark: Benchmark, models: int, results: Path) -> None:
    """Make submissions up to a number; existing ones are kept."""
    from benchmarks.speed.board_data import make_submission
    from leaderboard.results.submission import submission_folders

    results.mkdir(parents=True, exist_ok=True)
    missing = range(len(list(submission_folders(results))), models)
    one = partial(make_submission, benchmark, results=results)
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        pool.map(one, missing, chunksize=1)


def measure(folder: Path, models: int, miniature: bool, repeats: int) -> None:
    """All measurements, one table row each."""
    from benchmarks.speed.board_data import make_submission
    from cosapien import load_cosalign_test

    results = folder / "results"
    benchmark = load_cosalign_test("sample") if miniature else load_cosalign_test()
    make(benchmark, models, results)
    print("| | median | max | at most |\n| --- | ---: | ---: | ---: |")
    shutil.rmtree(folder / "cache", ignore_errors=True)
    first = built(folder)
    row("index of all submissions, s", [first["seconds"]])
    row("memory of the building processes, MB", [first["memory"]])
    row("index, nothing changed, s", [built(folder)["seconds"] for _ in range(repeats)])
    one_more = make_submission(benchmark, models, results)
    row("index, one submission more, s", [built(folder)["seconds"]])
    shutil.rmtree(one_more)
    browse(folder, results, repeats)


def built(folder: Path) -> dict[str, float]:
    """Build the index in its own process."""
    done = subprocess.run(
        [sys.executable, __file__, "--build", str(folder)],
        stdout=subprocess.PIPE,
        cwd=REPO,
        check=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def build(folder: Path) -> dict[str, float]:
    """Build an index; return seconds without imports, and the peak MB of all processes."""
    import resource

    from leaderboard.board.build import build_index

    began = time.perf_counter()
    index = build_index(folder / "results", folder / "cache")
    seconds = time.perf_counter() - began
    if index.broken:
        raise SystemExit(f"{index.broken[0].folder}: {index.broken[0].reason}")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # of the largest
    return {"seconds": seconds, "memory": (own + (os.cpu_count() or 1) * children) / 1024}


def browse(folder: Path, results: Path, repeats: int) -> None:
    """Every page and action in a browser, then the server's memory."""
    import psutil

    from leaderboard.board.build import build_index
    from leaderboard.reading.database import Filter, connect, count, page
    from tests.leaderboard.app.browser import browser

    index = build_index(results, folder / "cache")
    ids = tuple(row.id for row in index.rows)
    db = connect(index.path)
    failures = Filter(rows=ids)
    violations = Filter(kind="violation", rows=ids)
    totals = count(db, failures), count(db, violations)
    listed = page(db, failures, 0, 50)
    db.close()
    with serving(folder) as (url, server), browser() as driver:
        Visit(driver, url, index, results, listed, totals, repeats).all()
        python = psutil.Process(server)
        children = python.children(recursive=True)
        sizes = [process.memory_info().rss / 1e6 for process in (python, *children)]
    row("memory of the server, MB", [sum(sizes[1:])])
    row("memory of `leaderboard serve` itself, MB", [sizes[0]])


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, int]]:
    """Run `leaderboard serve`; gives its address and process id."""
    import socket
    import urllib.request

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["serve", "--dir", str(folder / "results"), "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "leaderboard.cli", *words],
        cwd=REPO,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(1200):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield url, process.pid
    finally:
        import psutil

        for child in psutil.Process(process.pid).children(recursive=True):
            child.terminate()
        process.wait(timeout=20)


class Visit:
    """A visitor who measures times.

    Args:
        driver: The browser.
        url: Address of the server.
        index: The index that the server shows.
        results: The server's results folder.
        listed: The first samples of the list of failures.
        totals: Number of failures, and of violations.
        repeats: Repeats of each page and action.
    """

    def __init__(
        self,
        driver: Chrome,
        url: str,
        index: Index,
        results: Path,
        listed: Sequence[Found],
        totals: tuple[int, int],
        repeats: int,
    ) -> None:
        self._driver, self._url, self._index, self._results = driver, url, index, results
        self._listed, self._totals, self._repeats = listed, totals, repeats

    def all(self) -> None:
        """Measure every page and action."""
        full = CONTENT.format(rows=len(self._index.rows) + 1)
        row("Board, cold", [self._load("/", full)])
        row("Board, warm", [self._load("/", full) for _ in range(self._repeats)])
        row("Board: filter by name", [self._name(full, n) for n in range(self._repeats)])
        failures = shown(f"{self._totals[0]:,} samples")
        loads = [self._load("/failures", failures) for _ in range(self._repeats)]
        row("Failures, warm", loads)
        row("Failures: filter by kind", [self._kind() for _ in range(self._repeats)])
        row("Failures: open a sample", self._open())
        row("Failures: next sample", self._next())
        row("Failures: text search", [self._search(n) for n in range(2)])
        one, two, *_ = (found.id for found in self._index.rows)
        model = shown("What the submitter says")
        row("Model", [self._load(f"/model?row={one}", model) for _ in range(self._repeats)])
        pair = f"/compare?rows={one},{two}"
        compare = shown("higher / equal / lower")
        row("Compare", [self._load(pair, compare) for _ in range(self._repeats)])

    def _load(self, path: str, condition: str) -> float:
        self._driver.get(self._url + path)
        return self._until(condition, "0")

    def _name(self, full: str, number: int) -> float:
        """Measure a filter on the Board: the name of one row."""
        from selenium.webdriver.common.keys import Keys

        self._load("/", full)
        name = self._index.rows[number].model
        wanted = sum(name in found.name for found in self._index.rows)
        field = self._find("input[aria-label='name contains']")
        field.send_keys(name)
        return self._after("keydown", lambda: field.send_keys(Keys.ENTER), rows_are(wanted))

    def _kind(self) -> float:
        """Measure a filter on Failures: violations only."""
        from selenium.webdriver.common.keys import Keys

        self._load("/failures", shown(f"{self._totals[0]:,} samples"))
        field = self._find("input[aria-label='kind of failure']")
        field.click()
        field.send_keys("violation")
        time.sleep(0.3)
        condition = shown(f"{self._totals[1]:,} samples")
        return self._after("keydown", lambda: field.send_keys(Keys.ENTER), condition)

    def _open(self) -> list[float]:
        """Measure opening samples of the list, one after the other."""
        from selenium.webdriver.common.action_chains import ActionChains

        self._load("/failures", shown(f"{self._totals[0]:,} samples"))
        time.sleep(2)
        times = []
        for number in range(min(self._repeats, 4)):
            grid = self._find("[data-testid=stDataFrame] canvas")
            left, top = -grid.size["width"] // 2 + 15, -grid.size["height"] // 2 + 35
            at = ActionChains(self._driver).move_to_element_with_offset(
                grid, left, top + 17 + 35 * number
            )
            sample = self._listed[number]["sample_id"]
            condition = shown(f"sample={sample}")
            times.append(self._after("pointerdown", at.click().perform, condition))
            time.sleep(1)
        return times

    def _next(self) -> list[float]:
        """Measure going from sample to sample by the key."""
        from selenium.webdriver.common.by import By

        first = self._listed[0]
        keys = ("row", "row_id"), ("sample", "sample_id"), ("epoch", "epoch")
        query = "&".join(f"{name}={first[column]}" for name, column in keys)
        self._load(f"/failures?{query}", shown(f"sample={first['sample_id']}"))
        time.sleep(2)
        times = []
        for number in range(1, 1 + min(self._repeats, 4)):
            body = self._driver.find_element(By.TAG_NAME, "body")
            condition = shown(f"sample={self._listed[number]['sample_id']}")
            times.append(self._after("keydown", lambda b=body: b.send_keys("n"), condition))
            time.sleep(1)
        return times

    def _search(self, number: int) -> float:
        """Measure a search for a text that few responses contain."""
        from selenium.webdriver.common.keys import Keys

        self._load("/failures", shown(f"{self._totals[0]:,} samples"))
        field = self._find("input[aria-label*='text in prompt']")
        words = self._response(self._listed[number]["row_id"], self._listed[number]["sample_id"])
        field.send_keys(words[:40])
        gone = f"!{shown(f'{self._totals[0]:,} samples')} && {shown(' samples')}"
        return self._after("keydown", lambda: field.send_keys(Keys.ENTER), gone)

    def _response(self, ident: str, sample: str) -> str:
        from leaderboard.reading.texts import texts_of

        found = next(row for row in self._index.rows if row.id == ident)
        response: str = texts_of(self._results, found, sample, 1)["response"]
        return response[:200]

    def _find(self, selector: str) -> Any:  # noqa: ANN401 - selenium carries no types
        from selenium.webdriver.common.by import By
        from selenium.webdriver.support.ui import WebDriverWait

        wait = WebDriverWait(self._driver, 60)  # widgets come after the text
        return wait.until(lambda driver: driver.find_element(By.CSS_SELECTOR, selector), selector)

    def _after(self, event: str, act: Callable[[], object], condition: str) -> float:
        """Seconds from an event that an action causes until a condition is true."""
        self._driver.execute_script(
            "window.boardStart = null; document.addEventListener(arguments[0],"
            " () => { window.boardStart = window.boardStart ?? performance.now(); },"
            " {capture: true, once: true});",
            event,
        )
        ready = f"window.boardStart !== null && ({condition})"
        self._driver.execute_script(READY.format(condition=ready, start="window.boardStart"))
        act()
        return self._seconds(condition)

    def _until(self, condition: str, start: str) -> float:
        self._driver.execute_script(READY.format(condition=condition, start=start))
        return self._seconds(condition)

    def _seconds(self, condition: str) -> float:
        for _ in range(6000):
            found = self._driver.execute_script("return window.boardTime")
            if found is not None:
                return float(found) / 1000
            time.sleep(0.02)
        raise SystemExit(f"never came: {condition}")


def shown(text: str) -> str:
    """JavaScript that checks whether the page shows a text."""
    return TEXT.format(text=json.dumps(text))


def rows_are(number: int) -> str:
    """JavaScript that checks the number of rows of the first table, with its heading."""
    return CONTENT.format(rows=number + 1)


def row(name: str, values: Sequence[float]) -> None:
    """One line of the table."""
    bar = BARS.get(name.removesuffix(", s"))
    limit = "" if bar is None else f"{bar:g}"
    digits = 0 if name.endswith("MB") else 2
    note = f" ({WAITED[name]})" if name in WAITED else ""
    print(
        f"| {name}{note} | {median(values):.{digits}f} | {max(values):.{digits}f} | {limit} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
