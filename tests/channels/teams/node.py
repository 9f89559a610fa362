"""Microsoft's own judgement, in Node: its renderer of cards and its schemas of packages (`make teams-renderer` fetches them)."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "renderer"


def judged(script: str, given: dict[str, Any]) -> dict[str, list[str]]:
    """What a script in `renderer/` finds wrong, by name; where it cannot be asked the test is skipped, and says so."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed: Microsoft's own judgement is not asked for")
    if not (FOLDER / "node_modules" / "ajv-formats").is_dir():
        pytest.skip("Microsoft's renderer and schemas are not installed: run `make teams-renderer`")
    said = subprocess.run([node, script], cwd=FOLDER, input=json.dumps(given), capture_output=True, text=True, check=True)
    return json.loads(said.stdout)
