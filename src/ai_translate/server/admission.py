"""Who may begin: judged before any work, so that those who may are served in time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from ai_translate.engine import Engine, Priority
from ai_translate.engine.fairness import SHARES
from ai_translate.engine.pace import Pace
from ai_translate.errors import Busy
from ai_translate.journey import How
from ai_translate.settings import Settings

__all__ = ["Admission", "size_of"]


# The pace of a model of which nothing is known, for its tokens.
_ANY = Pace()


class _Line:
    """What is being translated or queued for one model, in tokens."""

    __slots__ = ("callers", "tokens")

    def __init__(self) -> None:
        self.tokens = dict.fromkeys(Priority, 0)
        self.callers: dict[Priority, dict[str, int]] = {priority: {} for priority in Priority}

    def add(self, priority: Priority, caller: str, tokens: int) -> None:
        """Counts what begins, or with a negative number what has ended."""
        self.tokens[priority] += tokens
        callers = self.callers[priority]
        held = callers.get(caller, 0) + tokens
        if held:
            callers[caller] = held
        else:
            del callers[caller]


class Admission:
    """Counts what is being translated, and refuses what would wait for too long.

    A model's line is full for a request when the tokens before it, at the pace that the model
    shows, take longer than the wait that its priority allows, or than the request has time. It
    is never full below what keeps the workers busy. Callers share a full line: one who holds
    less than an equal part is still let in, so that nobody keeps the others out.

    Belongs to one event loop.

    Args:
        settings: The limits.

    Attributes:
        requests: How many have begun and not ended.
        tokens: About how many tokens they have.
        refused: How many were refused, by which limit.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._waits = {
            Priority.INTERACTIVE: settings.max_wait,
            Priority.BULK: settings.max_bulk_wait,
        }
        self._lines: dict[str, _Line] = {}
        self.requests = 0
        self.tokens = 0
        self.refused = {"requests": 0, "tokens": 0, "wait": 0}

    @contextmanager
    def admitted(self, engines: Sequence[Engine], how: How, size: int) -> Iterator[None]:
        """Holds the place of a request while the block runs.

        Args:
            engines: The model, or those of which one will do it: then it counts for each, and one
                that has room is enough.
            how: What was asked, of which `priority`, `caller` and `timeout` count. A text that is
                too long for an interactive one becomes bulk here.
            size: Bytes of UTF-8 of its texts.

        Raises:
            Busy: There is no room; it says when there should be.
        """
        tokens = max(
            (engine.pace.tokens_of(size) for engine in engines), default=_ANY.tokens_of(size)
        )
        if tokens > self._settings.interactive_tokens:
            how["priority"] = Priority.BULK
        priority = how.get("priority", Priority.INTERACTIVE)
        caller = how.get("caller", "")
        self._require_room(tokens)
        timeout = how.get("timeout") or math.inf
        lines = [self._lines.setdefault(engine.name, _Line()) for engine in engines]
        full = [
            self._over(line, engine.pace, priority, caller, tokens, timeout)
            for line, engine in zip(lines, engines, strict=True)
        ]
        refusals = [refusal for refusal in full if refusal is not None]
        if refusals and len(refusals) == len(full):
            self.refused["wait"] += 1
            raise min(refusals, key=lambda refusal: refusal.retry_after)
        for line in lines:
            line.add(priority, caller, tokens)
        self.requests += 1
        self.tokens += tokens
        try:
            yield
        finally:
            self.requests -= 1
            self.tokens -= tokens
            for line in lines:
                line.add(priority, caller, -tokens)

    def _require_room(self, tokens: int) -> None:
        most, most_tokens = self._settings.max_requests, self._settings.max_queue_tokens
        if self.requests >= most:
            self.refused["requests"] += 1
            raise Busy(
                f"{self.requests} requests are being translated or wait; the limit is {most}.",
                hint="Try again after Retry-After; send many texts in one batch. "
                "The limit is AIT_MAX_REQUESTS.",
            )
        # One that comes alone may have any size that a body may have.
        if self.tokens and self.tokens + tokens > most_tokens:
            self.refused["tokens"] += 1
            raise Busy(
                f"About {self.tokens} tokens are being translated or wait; with these {tokens} it "
                f"would be more than {most_tokens}.",
                hint="Try again after Retry-After. The limit is AIT_MAX_QUEUE_TOKENS.",
            )

    def _over(
        self,
        line: _Line,
        pace: Pace,
        priority: Priority,
        caller: str,
        tokens: int,
        timeout: float,
    ) -> Busy | None:
        """What is wrong where a line is full; None where it has room."""
        speed = pace.tokens_per_second
        ahead = line.tokens[priority]
        if speed is None or not ahead:
            return None
        if any(held for other, held in line.tokens.items() if other is not priority):
            speed *= SHARES[priority]
        wait = min(self._waits[priority], timeout)
        room = max(pace.fill, speed * wait)
        over = ahead + tokens - room
        if over <= 0:
            return None
        callers = line.callers[priority]
        held = callers.get(caller, 0)
        others = len(callers) - (caller in callers)
        if others and held + tokens <= room / (others + 1):
            return None
        return Busy(
            f"About {ahead} tokens are ahead in the queue of this model, which takes "
            f"{ahead / speed:.1f} s; a request of this priority waits for {wait:g} s at most.",
            hint="Try again after Retry-After, or send it with priority bulk if nobody waits for "
            "it. The limits are AIT_MAX_WAIT and AIT_MAX_BULK_WAIT.",
            retry_after=over / speed,
        )


def size_of(texts: Iterable[str]) -> int:
    """Bytes of UTF-8 of some texts."""
    return sum(
        len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
        for text in texts
    )
