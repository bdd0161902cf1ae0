"""Lets `python -m ai_translate.cli` do what `ai-translate` does."""

from ai_translate.cli.main import main

main()
