"""Reading what callers ask for: numbers of orders, quantities, and what of it is refused."""

from sandbox.catalogue import Service

MOST_IDS = 100
NO_VALUE = ("", "undefined", "null", "0")
PACKAGES = ("package", "custom comments package")

Asked = dict[str, str]


class Refused(Exception):
    """The provider's answer is an error with this text."""


def ids_in(asked: Asked, one: str, many: str) -> tuple[list[str], bool]:
    """The ids asked for, and whether to answer in the shape for several, as for a list in the field for one."""
    named = asked.get(many) or asked.get(one, "")
    is_batch = bool(asked.get(many)) or "," in named
    ids = list(dict.fromkeys(part.strip() for part in named.split(",") if part.strip()))
    if not ids:
        raise Refused("Incorrect request")
    if len(ids) > MOST_IDS:
        raise Refused(f"Maximum {MOST_IDS} orders")
    return ids, is_batch


def quantity_in(service: Service, asked: Asked) -> int:
    kind = service.type.lower()
    if kind == "package":
        return 1
    if "comments" in kind:
        lines = [line for line in asked.get("comments", "").splitlines() if line.strip()]
        if not lines:
            raise Refused("Incorrect comments")
        if kind in PACKAGES:
            return 1
        quantity = len(lines)
    else:
        sent = asked.get("quantity", "").strip()
        if not sent.isascii() or not sent.isdigit() or len(sent) > 12:
            raise Refused("Incorrect quantity")
        quantity = int(sent)
    if quantity < service.min:
        raise Refused(f"Quantity less than minimal {service.min}")
    if quantity > service.max:
        raise Refused(f"Quantity more than maximum {service.max}")
    return quantity


def as_number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text
