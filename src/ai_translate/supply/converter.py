"""What shapes the bytes of a conversion beside its input: our mapping and CTranslate2.

Told without loading either, so that who only looks for an artifact need not wait for them.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Final

from ai_translate.errors import ConfigurationError

__all__ = ["REVISION", "converter_versions"]

REVISION: Final = "1"
"""Of our own mapping; raised whenever it changes what comes out."""


def converter_versions() -> dict[str, str]:
    """Names and versions, as manifests have them.

    Raises:
        ConfigurationError: CTranslate2 is not installed.
    """
    try:
        return {"ai-translate": REVISION, "ctranslate2": version("ctranslate2")}
    except PackageNotFoundError as error:
        raise ConfigurationError(
            "Models cannot be made: ctranslate2 is not installed.",
            hint="Install requirements-models.txt: `pip install -r requirements-models.txt`.",
        ) from error
