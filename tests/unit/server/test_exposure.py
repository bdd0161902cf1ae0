"""A server that others reach was told who may use it."""

from __future__ import annotations

import logging

import pytest

from ai_translate.errors import ConfigurationError
from ai_translate.server.exposure import require_choice
from ai_translate.settings import load_settings

OURS = ["127.0.0.1", "127.9.9.9", "::1"]
OTHERS = ["0.0.0.0", "::", "192.0.2.1", "10.0.0.1", "fe80::1%eth0"]


@pytest.mark.parametrize("address", OURS)
@pytest.mark.parametrize("auth", [None, "none", "keys"])
def test_on_this_machine_nobody_need_choose(
    address: str, auth: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is refused and nothing is said."""
    require_choice(load_settings(auth=auth), address)
    assert caplog.records == []


@pytest.mark.parametrize("address", OTHERS)
def test_beyond_it_somebody_must_choose(address: str, caplog: pytest.LogCaptureFixture) -> None:
    """The error names both choices; keys are fine; none is said aloud in one line."""
    caplog.set_level(logging.WARNING)
    with pytest.raises(ConfigurationError) as found:
        require_choice(load_settings(), address)
    assert address in found.value.message
    assert "AIT_AUTH=keys" in found.value.hint
    assert "AIT_AUTH=none" in found.value.hint
    require_choice(load_settings(auth="keys"), address)
    assert caplog.records == []
    require_choice(load_settings(auth="none"), address)
    [record] = caplog.records
    assert "anybody who reaches" in record.getMessage()
    assert "\n" not in record.getMessage()
