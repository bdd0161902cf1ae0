"""All checks in their order, each with what it rests on."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Final

from ai_translate.errors import AITranslateError
from ai_translate.supply.conformance import access, listing, making, reaching, serving, uploading
from ai_translate.supply.conformance.result import Check, CheckResult, Verdict
from ai_translate.supply.conformance.subject import Subject

__all__ = ["Conformance"]

_CHECKS: Final = (
    Check("reachable", "reachable", (), reaching.reachable),
    Check("tls", "TLS", ("reachable",), reaching.tls),
    Check("answers", "answers requests", ("reachable", "tls"), access.answers),
    Check("token", "token accepted", ("answers",), access.token),
    Check("wrong-token", "wrong token refused", ("answers",), access.wrong_token),
    Check("revision", "revision is a commit", ("token",), listing.revision),
    Check("tree", "list of files", ("revision",), listing.tree),
    Check("head", "headers of a file", ("tree",), serving.head),
    Check("redirects", "redirects", ("tree",), serving.redirects),
    Check("range", "parts of a file", ("redirects",), serving.parts),
    Check("files", "sha256 of every file", ("tree",), making.files),
    Check("xet", "xet", ("tree",), listing.xet),
    Check("refs", "branches", ("token",), listing.refs),
    Check("upload", "upload", ("revision",), uploading.upload),
    Check("conversion", "conversion", ("files",), making.conversion),
)
_ASK: Final = "Ask who runs the mirror."
# Tokens are longer. A shorter one may be a word of the results themselves.
_LEAST_SECRET: Final = 12


class Conformance:
    """Checks an endpoint by one of its models.

    Args:
        subject: The endpoint and the model.
        more: Checks to be made after ours, such as those that need the engine.

    Attributes:
        checks: All checks, in their order.
    """

    def __init__(self, subject: Subject, more: Sequence[Check] = ()) -> None:
        self.checks = (*_CHECKS, *more)
        self._subject = subject

    def results(self) -> Iterator[CheckResult]:
        """Looks at one item after the other. No failure of an item ends it.

        The folder of the subject is left as it came to be, for its maker to remove.
        """
        blocked: dict[str, str] = {}
        for check in self.checks:
            cause = next((blocked[name] for name in check.needs if name in blocked), "")
            began = time.monotonic()
            verdict = self._skipped(cause) if cause else self._looked(check)
            if cause or verdict.status == "fail":
                blocked[check.name] = cause or check.name
            yield CheckResult(
                name=check.name,
                title=check.title,
                status=verdict.status,
                reason=self._shown(verdict.reason),
                remedy=self._shown(verdict.remedy),
                details=tuple(map(self._shown, verdict.details)),
                blocked_by=cause,
                seconds=round(time.monotonic() - began, 3),
            )

    def _skipped(self, cause: str) -> Verdict:
        (title,) = (check.title for check in self.checks if check.name == cause)
        return Verdict("skipped", f"Not looked at, because “{title}” failed.")

    def _looked(self, check: Check) -> Verdict:
        try:
            return check.look(self._subject)
        except AITranslateError as error:
            return Verdict("fail", error.message, error.hint or _ASK)
        except Exception as error:  # noqa: BLE001  # a strange answer may not end the other checks
            what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            return Verdict("fail", f"The check itself failed: {what}.", "Please report this.")

    def _shown(self, text: str) -> str:
        """A second guard beside the first: no message has the token, whatever a server echoes."""
        token = self._subject.endpoint.token
        secret = token.get_secret_value() if token else ""
        return text.replace(secret, "…") if len(secret) >= _LEAST_SECRET else text
