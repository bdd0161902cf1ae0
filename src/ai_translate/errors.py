"""The one error tree.

    AITranslateError
    ├── ConfigurationError        a setting is wrong; nothing starts
    ├── RequestError              the caller's to mend
    │   ├── InvalidRequest        a field is missing, malformed or out of range
    │   │   └── BrokenDocument    a document is not what its kind says
    │   ├── UnknownDocument       a document is of a kind that we do not read
    │   ├── UnsupportedPair       no loaded model serves this language pair
    │   ├── Unauthorized          a key is missing, or is none that counts
    │   ├── Forbidden             a key is not for what was asked with it
    │   ├── NotFound              nothing has the name that was given
    │   ├── NotFinished           a document is not translated yet, or never will be
    │   ├── BrokenHttp            a request is not HTTP, or could be understood in two ways
    │   ├── SlowRequest           a request did not come in within its time
    │   ├── TooLarge              a text, a batch or a body is over its limit
    │   │   └── HeadTooLarge      the target and headers of a request are
    │   └── OverLimit             a caller has asked for as much as it may, for now
    │       ├── TooManyRequests   more requests than it may send in a minute
    │       └── QuotaExceeded     more characters than it may have translated in a month
    ├── ServiceError              the service's to mend
    │   ├── NotReady              models are loading, or the server is draining
    │   ├── Busy                  more work waits than is good
    │   ├── DeadlineExceeded      the caller's time was over before a worker was free
    │   ├── ReloadFailed          models cannot be changed to what the lock says; they stay
    │   ├── EngineFailure         the model failed on a valid sentence
    │   └── StateFailure          what is kept in AIT_STATE_DIR cannot be read or written now
    └── SupplyError               a model cannot be had or trusted
        ├── BadFile               a file is truncated, corrupt, malicious or misplaced
        ├── UnsupportedModel      a checkpoint of a kind that we do not read
        ├── LockError             models.lock is missing, malformed or contradicts itself
        ├── IntegrityError        bytes differ from what was locked or promised
        ├── NotSigned             a model lacks a signature that AIT_REQUIRE_SIGNATURE wants
        ├── QualityLost           a quantization loses more than was allowed
        ├── ModelMissing          the store lacks an artifact that the lock names
        ├── RemoteError           the store's second tier cannot be reached, or refuses
        └── HubError              the Hub, or the mirror in its place, answers what it should not
            ├── HubUnreachable    it cannot be reached, or fails again and again
            ├── HubRefused        it does not accept the token, or wants one
            ├── NotOnHub          it does not have the model, the revision or the file
            └── VersionTaken      it has another artifact under this version

Each error carries a stable `code` for programs, a sentence for people that gives the value and
the limit, and a `hint` that says what to do. Doors translate them to their protocol, by class,
in one place; nothing else formats errors.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "AITranslateError",
    "BadFile",
    "BrokenDocument",
    "BrokenHttp",
    "Busy",
    "ConfigurationError",
    "DeadlineExceeded",
    "EngineFailure",
    "Forbidden",
    "HeadTooLarge",
    "HubError",
    "HubRefused",
    "HubUnreachable",
    "IntegrityError",
    "InvalidRequest",
    "LockError",
    "ModelMissing",
    "NotFinished",
    "NotFound",
    "NotOnHub",
    "NotReady",
    "NotSigned",
    "OverLimit",
    "QualityLost",
    "QuotaExceeded",
    "ReloadFailed",
    "RemoteError",
    "RequestError",
    "ServiceError",
    "SlowRequest",
    "StateFailure",
    "SupplyError",
    "TooLarge",
    "TooManyRequests",
    "Unauthorized",
    "UnknownDocument",
    "UnsupportedModel",
    "UnsupportedPair",
    "VersionTaken",
]


class AITranslateError(Exception):
    """Anything that we raise on purpose.

    Args:
        message: What is wrong, with the value and the limit.
        hint: What the reader can do about it; empty when the message says all.
    """

    code: ClassVar[str] = "internal_error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class ConfigurationError(AITranslateError):
    """A setting is wrong. Raised before anything starts, with every mistake listed."""

    code = "invalid_configuration"


class RequestError(AITranslateError):
    """The caller sent something that cannot be served."""

    code = "bad_request"


class InvalidRequest(RequestError):
    """A field is missing, malformed or out of range."""

    code = "invalid_request"


class BrokenDocument(InvalidRequest):
    """A document is not what its kind says; the message names the line where it has one."""

    code = "broken_document"


class UnknownDocument(RequestError):
    """A document is of a kind that we do not read."""

    code = "unknown_document"


class UnsupportedPair(RequestError):
    """No loaded model serves this language pair."""

    code = "unsupported_language_pair"


class Unauthorized(RequestError):
    """A key is missing, or is none that counts; of whose it was nothing is told."""

    code = "unauthorized"


class Forbidden(RequestError):
    """A key counts, and is not for what was asked with it."""

    code = "forbidden"


class NotFound(RequestError):
    """Nothing has the name that was given."""

    code = "not_found"


class TooLarge(RequestError):
    """A text, a batch or a body is over its limit."""

    code = "too_large"


class HeadTooLarge(TooLarge):
    """The target and headers of a request are longer, or more, than is taken."""

    code = "head_too_large"


class BrokenHttp(RequestError):
    """A request is not HTTP, or others could understand it in another way than we."""

    code = "broken_http"


class SlowRequest(RequestError):
    """A request did not come in within the time that it may take."""

    code = "slow_request"


class OverLimit(RequestError):
    """The caller has asked for as much as it may, for now.

    Args:
        message: What is wrong, with the value and the limit.
        hint: What the reader can do about it.
        limit: How much the caller may, in requests or characters.
        retry_after: Seconds until more is allowed; at least 1.
    """

    code = "over_limit"

    def __init__(self, message: str, *, hint: str, limit: int, retry_after: int) -> None:
        super().__init__(message, hint=hint)
        self.limit = limit
        self.retry_after = retry_after


class TooManyRequests(OverLimit):
    """The caller sends more requests than it may in a minute."""

    code = "too_many_requests"


class QuotaExceeded(OverLimit):
    """The caller has more characters translated than it may in a month."""

    code = "quota_exceeded"


class NotFinished(RequestError):
    """What was asked for is not there yet, or will not be: its job failed or was cancelled."""

    code = "not_finished"


class ServiceError(AITranslateError):
    """The service cannot answer now, through no fault of the caller."""

    code = "service_error"


class NotReady(ServiceError):
    """Models are loading, or the server is draining."""

    code = "not_ready"


class Busy(ServiceError):
    """So much work waits already that more would only wait as well.

    Args:
        message: What is wrong.
        hint: What to do.
        retry_after: Seconds after which there should be room.
    """

    code = "busy"

    def __init__(self, message: str, *, hint: str = "", retry_after: float = 1.0) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class DeadlineExceeded(ServiceError):
    """The caller's time was over before a worker was free for its sentence."""

    code = "deadline_exceeded"


class ReloadFailed(ServiceError):
    """The models of a running server cannot be changed to those of the lock. They stay."""

    code = "reload_failed"


class EngineFailure(ServiceError):
    """The model failed on a sentence that it should have translated."""

    code = "engine_failure"


class StateFailure(ServiceError):
    """What is kept in AIT_STATE_DIR cannot be read or written now."""

    code = "state_failure"


class SupplyError(AITranslateError):
    """A model cannot be had or cannot be trusted."""

    code = "supply_error"


class BadFile(SupplyError):
    """A file is truncated, corrupt, malicious or in a place where it may not be."""

    code = "bad_file"


class UnsupportedModel(SupplyError):
    """A checkpoint of a kind that we do not read."""

    code = "unsupported_model"


class LockError(SupplyError):
    """`models.lock` is missing, malformed or contradicts itself."""

    code = "bad_lock"


class IntegrityError(SupplyError):
    """Bytes differ from what was locked, or from what the Hub promised."""

    code = "integrity"


class NotSigned(SupplyError):
    """A model has no signature, or not one of a key that is trusted."""

    code = "not_signed"


class QualityLost(SupplyError):
    """A quantization loses more of the model's quality than was allowed."""

    code = "quality_lost"


class ModelMissing(SupplyError):
    """The store lacks an artifact that the lock names."""

    code = "model_missing"


class RemoteError(SupplyError):
    """The second tier of the store cannot be reached, or refuses."""

    code = "remote_error"


class HubError(SupplyError):
    """The Hub, or the mirror in its place, answers what it should not."""

    code = "hub_error"


class HubUnreachable(HubError):
    """The Hub cannot be reached, or fails again and again."""

    code = "hub_unreachable"


class HubRefused(HubError):
    """The Hub does not accept the token, or wants one."""

    code = "hub_refused"


class NotOnHub(HubError):
    """The Hub does not have the model, the revision or the file."""

    code = "not_on_hub"


class VersionTaken(HubError):
    """The Hub has another artifact, or something else, under the name of a version."""

    code = "version_taken"
