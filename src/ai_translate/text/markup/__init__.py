"""Markup is taken apart here: text on one side, tags and all else on the other."""
