"""What Stripe answers when it will not do something."""

from typing import Any

INVALID = "invalid_request_error"


class Refused(Exception):
    """An error in Stripe's shape. One that `is_kept` is repeated to whoever repeats the idempotency key."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = INVALID,
        code: str = "",
        param: str = "",
        is_kept: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.is_kept = is_kept
        self.error: dict[str, Any] = {"type": kind, "message": message}
        if code:
            self.error["code"] = code
            self.error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        if param:
            self.error["param"] = param

    @property
    def body(self) -> dict[str, Any]:
        return {"error": self.error}


def missing(kind: str, wanted: str, *, param: str = "id", status: int = 404) -> Refused:
    words = kind.replace(".", " ")
    return Refused(f"No such {words}: '{wanted}'", status=status, code="resource_missing", param=param)


def out_of_turn(message: str, code: str = "") -> Refused:
    """The request was understood, and what it asks for cannot be done to this thing now."""
    return Refused(message, code=code, is_kept=True)
