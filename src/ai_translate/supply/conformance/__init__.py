"""Whether an endpoint speaks the Hugging Face protocol as we need it, looked at item by item.

`fail` is what AI Translate cannot work with, or a promise that is broken; `note` is what it works
with though somebody should know. Whatever one item does, the others go on.
"""

from ai_translate.supply.conformance.checking import Conformance
from ai_translate.supply.conformance.result import Check, CheckResult, Status, Verdict
from ai_translate.supply.conformance.subject import Subject

__all__ = ["Check", "CheckResult", "Conformance", "Status", "Subject", "Verdict"]
