"""Sentences that have terms of a glossary."""

from __future__ import annotations

from ai_translate.terms.way import Honouring

__all__ = ["Honouring"]
