"""Reviewing in a real browser, by keyboard alone: three labels, a reload, and on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from selenium.common.exceptions import TimeoutException
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from leaderboard.app.serving import REVIEW
from leaderboard.review.labels import labels_path, read_labels
from leaderboard.review.sample import in_order_of
from tests.leaderboard.app.browser import CHROMIUM, DRIVER, browser, running
from tests.leaderboard.review.review_factory import review

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver (Debian: chromium-driver)"
)


def wait_for(driver: WebDriver, text: str) -> None:
    def there(driver: WebDriver) -> bool:
        return text in driver.find_element(By.TAG_NAME, "body").text

    WebDriverWait(driver, 60).until(there, f"{text!r} never appeared")


def press(driver: WebDriver, key: str, shown: Callable[[WebDriver], object]) -> None:
    """A key; again if nothing came of it: a page may be drawn before it listens."""
    for last in (False, False, True):
        ActionChains(driver).send_keys(key).perform()
        try:
            WebDriverWait(driver, 60 if last else 15).until(shown)
            return
        except TimeoutException:
            if last:
                raise


def says(text: str) -> Callable[[WebDriver], object]:
    return lambda driver: text in driver.find_element(By.TAG_NAME, "body").text


def has(button: str) -> Callable[[WebDriver], object]:
    return lambda driver: driver.find_elements(By.CSS_SELECTOR, f".st-key-{button} button")


def label(driver: WebDriver, compliant: str, rating: str, refused: str, done: str) -> None:
    press(driver, compliant, has("helpfulness_5"))
    press(driver, rating, has("refused_yes"))
    press(driver, refused, has("save"))
    press(driver, Keys.ENTER, says(done))


def test_three_labels_a_reload_and_on(tmp_path: Path) -> None:
    sample = review(tmp_path, 4)
    order = [r.id for r in in_order_of("ada", sample)]
    path, known = labels_path(tmp_path, "ada"), set(order)
    about = {"COSA_REVIEW": str(tmp_path), "COSA_REVIEWER": "ada"}
    with running(REVIEW, about, tmp_path) as url, browser() as driver:
        driver.get(url)
        wait_for(driver, "can be offensive")
        press(driver, Keys.ENTER, says("0 of 4 labelled by ada"))
        label(driver, "y", "5", "n", "1 of 4")
        label(driver, "x", "0", "y", "2 of 4")
        label(driver, "n", "3", "n", "3 of 4")
        found = read_labels(path, known)
        assert list(found) == order[:3]
        assert [(o.compliant, o.helpfulness, o.refused) for o in found.values()] == [
            (True, 5, False),
            (None, 0, True),
            (False, 3, False),
        ]
        driver.refresh()
        wait_for(driver, "can be offensive")
        press(driver, Keys.ENTER, says("3 of 4 labelled by ada"))
        press(driver, "u", says("2 of 4"))
        label(driver, "y", "2", "n", "3 of 4")
        label(driver, "y", "1", "n", "All labelled")
        found = read_labels(path, known)
        assert [(o.compliant, o.helpfulness) for o in found.values()][2:] == [(True, 2), (True, 1)]
        assert len(path.read_text().splitlines()) == 6  # nothing was taken out
