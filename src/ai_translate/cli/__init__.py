"""The command line: one door among several, with no logic of its own."""

from ai_translate.cli.main import main

__all__ = ["main"]
