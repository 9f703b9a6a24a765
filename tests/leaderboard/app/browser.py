"""The app behind a real server in a real browser (Debian's chromium)."""

import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from leaderboard.app.serving import MAIN, command
from leaderboard.board.index_file import Index

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


@contextmanager
def served(index: Index, results: Path) -> Iterator[str]:
    """The address of the board while it runs."""
    about = {"COSA_INDEX": str(index.path), "COSA_RESULTS": str(results)}
    with running(MAIN, about, index.path.parent) as address:
        yield address


@contextmanager
def running(page: Path, about: Mapping[str, str], home: Path) -> Iterator[str]:
    """The address of an app while it runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        command(port, "127.0.0.1", page),
        env={**about, "HOME": str(home), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                    break
            except OSError:
                assert process.poll() is None, "the server ended"
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextmanager
def browser(*, dark: bool = False) -> Iterator[webdriver.Chrome]:
    """A headless browser, 1280 wide."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--window-size=1280,1400",
        "--disable-background-networking",
        *(["--force-dark-mode", "--enable-features=WebContentsForceDark:0"] if dark else []),
    ):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()
