"""Which encoding a document of XML is in: what its declaration says."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from ai_translate.text.documents.source import Source

__all__ = ["xml_source"]

_DECLARED: Final = re.compile(rb"""<\?xml[^>]{1,200}?\sencoding\s*=\s*["']([\w.:-]{1,40})["']""")


def xml_source(content: bytes) -> Source:
    """Decodes a document of XML.

    Raises:
        BrokenDocument: It is not in the encoding that it declares, or that is not known.
    """
    declared = _DECLARED.match(content)
    source = Source.of(content, declared[1].decode("ascii").lower() if declared else "utf-8")
    return replace(source, missing="xmlcharrefreplace")
