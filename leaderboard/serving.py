"""Starting the app."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from leaderboard.index import Index

MAIN = Path(__file__).parent / "app" / "main.py"


def serve(index: Index, results: Path, *, port: int, address: str) -> int:
    """Run the app until it is stopped.

    Args:
        index: What it shows.
        results: The results folder, where the texts are.
        port: Port to listen on.
        address: Address to listen on; 127.0.0.1 keeps it on this machine.

    Returns:
        The server's exit status.
    """
    import subprocess

    environment = {
        **os.environ,
        "COSA_INDEX": str(index.path.resolve()),
        "COSA_RESULTS": str(results.resolve()),
    }
    try:
        return subprocess.run(command(port, address), env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 0


def command(port: int, address: str) -> list[str]:
    """The Streamlit server as a command.

    Args:
        port: Port to listen on.
        address: Address to listen on.
    """
    options = {
        "server.port": port,
        "server.address": address,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "server.maxUploadSize": 500,
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
    }
    words = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(MAIN), *words]
