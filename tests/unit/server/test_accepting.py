from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_translate.server.accepting import prefers_page


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "TEXT/HTML",
        "text/html; charset=utf-8",
        "text/html;q=0.1",
        "text/*",
        "text/html, */*",
        "*/*, text/html",
        "application/json;q=0.9, text/html",
        "application/json; q=0.5, text/html; q=0.6",
        # Chromium, Firefox and Safari.
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    ],
)
def test_who_wants_html_gets_the_page(accept: str) -> None:
    """A page is wanted where HTML is liked better than JSON, or named more exactly."""
    assert prefers_page(accept)


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",  # curl, and most libraries
        "application/json",
        "application/json, text/plain, */*",  # axios
        "application/json, text/html",
        "text/html, application/json",
        "text/html;q=0.5, application/json",
        "text/html;q=0.5, */*;q=0.8",
        "text/html;q=0",
        "text/html;q=0, */*",
        "text/html;q=nonsense",
        "text/html;q=2",
        "text/html;q=nan",
        "text/*;q=0.5, application/*",
        "text/plain",
        "texthtml",
        "/",
        ";;,,;",
    ],
)
def test_everybody_else_gets_json(accept: str) -> None:
    """JSON it is where nothing is said, both are liked as much, or no sense is made."""
    assert not prefers_page(accept)


@given(st.text())
def test_any_header_is_an_answer(accept: str) -> None:
    """Whatever stands there, it is read, and HTML is wanted only where it may be meant."""
    assert not prefers_page(accept) or "text/" in accept.lower()
