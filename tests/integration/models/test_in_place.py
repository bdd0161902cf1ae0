"""A folder's model that is in place costs a pull nothing but reading it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from support.artifactory import Artifactory
from support.project import SECRET, Project
from support.server_process import PROJECT

HEAVY = {"ctranslate2", "huggingface_hub", "numpy", "sentencepiece", "tokenizers", "uvicorn"}


def test_a_folders_model_in_place_loads_and_asks_nothing(tmp_path: Path, models: Path) -> None:
    """No library of the Hub, of conversion or of the server is imported, and no request comes."""
    shutil.copyfile(PROJECT / "models.lock", tmp_path / "models.lock")
    with Artifactory() as artifactory:
        artifactory.add_token(SECRET)
        project = Project(tmp_path, artifactory.endpoint("models"))
        ended = subprocess.run(
            [sys.executable, "-X", "importtime", *project.command("models", "pull")[1:]],
            cwd=tmp_path,
            env=project.environment(AIT_MODELS_DIR=str(models)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        assert "starter-en-fr: in place\n" in ended.stderr
        assert len(artifactory.requests) == 0
    imported = set(re.findall(r"^import time:.*\| +(\w+)$", ended.stderr, re.MULTILINE))
    assert "click" in imported
    assert not HEAVY & imported
