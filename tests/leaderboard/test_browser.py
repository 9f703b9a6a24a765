"""The board in a real browser: load, filter, follow a deep link, compare; scripts stay text."""

from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from leaderboard.index import build_index
from leaderboard.manifest import Declared
from leaderboard.submission import Submission, add_submission
from tests.leaderboard.browser import CHROMIUM, DRIVER, browser, served
from tests.leaderboard.tampering import Row, tampered

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

        sample = hostile.samples(["sample_id"]).column("sample_id")[8].as_py()
        driver.get(f"{url}/failures?row={ids['scripted']}&sample={sample}&epoch=1")
        wait_for(driver, "are hidden")
        assert "onerror" not in body(driver).partition("address of this sample")[2]
        driver.find_element(By.CSS_SELECTOR, "[data-testid=stCheckbox] label").click()
        wait_for(driver, "onerror")
        assert "<script>window.pwned=1</script>" in body(driver)  # as text

        driver.get(f"{url}/compare?rows={ids['ideal']},{ids['comply_all']}")
        wait_for(driver, "+1.333")
        assert "192 / 96 / 0" in body(driver)

        driver.get(f"{url}/model?row={ids['scripted']}")
        wait_for(driver, "What the submitter says")
        assert driver.execute_script("return window.pwned") is None
        assert not driver.find_elements(By.CSS_SELECTOR, "img[src*=pwned], img[src=x]")
