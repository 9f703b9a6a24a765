"""The board in a real browser: load, filter, follow a deep link, compare; scripts stay text."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from leaderboard.board.build import build_index
from leaderboard.results.manifest import Declared
from leaderboard.results.submission import Submission, add_submission
from tests.leaderboard.app.browser import CHROMIUM, DRIVER, browser, served
from tests.leaderboard.intake.tampering import Row, tampered

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver (Debian: chromium-driver)"
)

SCRIPT = "<img src=x onerror='window.pwned=1'><script>window.pwned=1</script> ![i](/pwned.png)"


def body(driver: WebDriver) -> str:
    return driver.find_element(By.TAG_NAME, "body").text


def wait_for(driver: WebDriver, text: str) -> None:
    WebDriverWait(driver, 60).until(lambda d: text in body(d), f"{text!r} never appeared")


def rows_shown(driver: WebDriver) -> int:
    """Rows of the first table; its canvas says so for screen readers (with a row of headings)."""
    grid = driver.find_element(By.CSS_SELECTOR, "[data-testid=stDataFrame] table[role=grid]")
    return int(grid.get_attribute("aria-rowcount") or 0) - 1


def press(driver: WebDriver, key: str) -> None:
    ActionChains(driver).send_keys(key).perform()


class Position(NamedTuple):
    number: int
    of: int


def position(driver: WebDriver) -> Position:
    """`12 of 340`, as the page of a sample says it."""
    found = re.search(r"^([\d,]+) of ([\d,]+)$", body(driver), re.MULTILINE)
    assert found is not None
    number, of = (int(text.replace(",", "")) for text in found.groups())
    return Position(number, of)


def test_a_visitor_loads_filters_reads_a_failure_and_compares(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    def text(rows: list[Row]) -> None:
        rows[8]["response"] += SCRIPT  # rules see no forbidden phrase in it

    def rename(manifest: dict[str, Any]) -> None:
        manifest["id"] = "20260101T000000Z-00000001"
        manifest["model"] = f"scripted/{SCRIPT}"
        manifest["declared"] = Declared(submitter=SCRIPT, notes=SCRIPT).model_dump()

    results = tmp_path / "results"
    for submission in reference.values():
        add_submission(submission, results)
    hostile = tampered(reference["comply_all"], tmp_path / "h", rows=text, manifest=rename)
    add_submission(hostile, results)
    index = build_index(results, tmp_path / "cache")
    assert index.broken == ()
    ids = {row.name.partition("/")[0]: row.id for row in index.rows}

    with served(index, results) as url, browser() as driver:
        driver.get(url)
        wait_for(driver, "judge rules")
        WebDriverWait(driver, 60).until(lambda d: rows_shown(d) == 4)
        name = driver.find_element(By.CSS_SELECTOR, "input[aria-label='name contains']")
        name.send_keys("refuse", Keys.ENTER)
        WebDriverWait(driver, 60).until(lambda d: rows_shown(d) == 1)

        # a filtered board is an address, and so is a filtered list
        WebDriverWait(driver, 60).until(lambda d: d.current_url.endswith("?name=refuse"))

        listed = f"{url}/failures?models={ids['scripted']}&kind=everything"
        sample = hostile.samples(["sample_id"]).column("sample_id")[8].as_py()
        driver.get(f"{listed}&row={ids['scripted']}&sample={sample}&epoch=1")
        wait_for(driver, "are hidden")
        assert "onerror" not in body(driver).partition("Judged by")[2]
        press(driver, "s")
        wait_for(driver, "onerror")
        assert "<script>window.pwned=1</script>" in body(driver)  # as text

        here, place = driver.current_url, position(driver)
        assert (place.of, sample in here) == (288, True)
        press(driver, "n")
        wait_for(driver, f"{place.number + 1} of 288")
        assert driver.current_url != here
        assert "kind=everything" in driver.current_url
        press(driver, "p")
        wait_for(driver, f"{place.number} of 288")
        WebDriverWait(driver, 60).until(lambda d: d.current_url == here)

        driver.get(f"{url}/compare?rows={ids['ideal']},{ids['comply_all']}")
        wait_for(driver, "+1.333")
        assert "192 / 96 / 0" in body(driver)

        driver.get(f"{url}/model?row={ids['scripted']}")
        wait_for(driver, "What the submitter declares")
        assert driver.execute_script("return window.pwned") is None
        assert not driver.find_elements(By.CSS_SELECTOR, "img[src*=pwned], img[src=x]")
