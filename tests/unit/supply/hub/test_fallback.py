"""Whom we ask, and in which order."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import SecretStr

from ai_translate.settings import load_settings
from ai_translate.supply.hub.fallback import endpoints_for
from ai_translate.supply.hub.files import WantedFile

MIRROR = "https://host.example/artifactory/api/huggingfaceml/models"
PINNED = WantedFile("a", 1, sha256="0" * 64)
UNPINNED = WantedFile("b", 1, git_sha1="0" * 40)


@pytest.mark.parametrize(
    ("policy", "endpoint", "wanted", "expected"),
    [
        ("never", MIRROR, [PINNED], [MIRROR]),
        ("public", MIRROR, [PINNED], [MIRROR, "https://huggingface.co"]),
        ("public", MIRROR, [PINNED, UNPINNED], [MIRROR]),
        ("public", "https://huggingface.co/", [PINNED], ["https://huggingface.co"]),
    ],
)
def test_public_hub_is_asked_only_by_policy_and_for_pinned_files(
    policy: Literal["never", "public"],
    endpoint: str,
    wanted: list[WantedFile],
    expected: list[str],
) -> None:
    """Never by default, never for bytes without a sha256, and never with the token."""
    settings = load_settings(hf_endpoint=endpoint, hf_token=SecretStr("t"), hub_fallback=policy)
    found = endpoints_for(settings, wanted)
    assert [one.url for one in found] == expected
    assert [one.token is None for one in found] == [False, True][: len(found)]
