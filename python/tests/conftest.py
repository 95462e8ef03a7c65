"""What the tests share: the command line's own answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any, Callable

import pytest


def command() -> list[str]:
    """The binary that LORODE names; else the command line of the package."""
    named = os.environ.get("LORODE")
    return [named] if named else [sys.executable, "-m", "lorode"]


@pytest.fixture(scope="session")
def answer() -> Callable[..., Any]:
    """The JSON that the command line prints for these arguments."""

    def run(*arguments: str) -> Any:
        line = [*command(), *arguments, "--format", "json"]
        done = subprocess.run(line, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    return run
