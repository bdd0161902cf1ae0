"""Where downloads lie: in the layout of huggingface_hub's cache, which its own client reads."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from ai_translate.config import SupplySettings
from ai_translate.supply.hub.endpoint import check_repo, check_revision

__all__ = ["downloads_dir", "snapshot_dir"]

_LOG: Final = logging.getLogger(__name__)


def downloads_dir(settings: SupplySettings) -> Path:
    """HF_HUB_CACHE, else `hub/` in HF_HOME, else TRANSFORMERS_CACHE, else `hub/` of our models."""
    if settings.hf_hub_cache is not None:
        return settings.hf_hub_cache
    if settings.hf_home is not None:
        return settings.hf_home / "hub"
    if settings.transformers_cache is not None:
        _LOG.warning(
            "Downloads go to TRANSFORMERS_CACHE=%s, which the Hugging Face libraries no longer "
            "read: set HF_HOME instead.",
            settings.transformers_cache,
        )
        return settings.transformers_cache
    return settings.models_dir / "hub"


def snapshot_dir(downloads: Path, repo: str, commit: str) -> Path:
    """The folder of a commit's files: `models--ORGANISATION--NAME/snapshots/COMMIT`.

    Raises:
        InvalidRequest: A name is none that Artifactory would take.
    """
    check_repo(repo)
    check_revision(commit)
    return downloads / f"models--{repo.replace('/', '--')}" / "snapshots" / commit
