"""What a browser sees: the pay page of a session, and the back office. Plain pages, without any script."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from sandbox.stripe.backoffice import dashboard
from sandbox.stripe.checkout import return_address
from sandbox.stripe.control import Control, ControlRefused
from sandbox.stripe.currencies import minor_units
from sandbox.stripe.office import Office
from sandbox.stripe.paypage import pay_page
from sandbox.stripe.refusals import Refused

HTML = "text/html; charset=utf-8"
STYLE = (Path(__file__).parent / "style.css").read_bytes()
PAY_PAGE = re.compile(r"/c/pay/(cs_\w+)")
# What a button of the pay page does.
BUTTONS: dict[str, dict[str, object]] = {
    "pay": {"do": "pay"},
    "decline": {"do": "decline"},
    "stolen": {"do": "pay_stolen"},
    "later": {"do": "pay_later"},
    "later_fails": {"do": "pay_later", "fails": True},
    "settle": {"do": "settle"},
    "fail": {"do": "fail"},
}
PAYER = ("email", "name", "card")


@dataclass(frozen=True)
class Page:
    status: int
    body: bytes = b""
    kind: str = HTML
    location: str = ""


class Pages:
    def __init__(self, office: Office, control: Control) -> None:
        self._office = office
        self._control = control

    def answer(self, path: str, query: dict[str, str], form: dict[str, str] | None) -> Page:
        """The page at this path; with a form, what its button does."""
        if path == "/":
            return _see("/dashboard")
        if path == "/style.css":
            return Page(200, STYLE, "text/css; charset=utf-8")
        if path == "/dashboard":
            return self._dashboard(query) if form is None else self._work(form)
        found = PAY_PAGE.fullmatch(path)
        session = self._office.store.find(found[1], kind="checkout.session") if found else None
        if session is None:
            return Page(404, b"<!doctype html><title>Nothing here</title><p>There is no such page.")
        if form is not None:
            return self._press(session["id"], form)
        said = query.get("said", "")
        return Page(200, pay_page(self._office, session, said=said).encode())

    def _press(self, session_id: str, form: dict[str, str]) -> Page:
        here = f"/c/pay/{session_id}"
        button = BUTTONS.get(form.get("do", ""))
        if button is None:
            return _see(here)
        payer: dict[str, object] = {name: form[name] for name in PAYER if form.get(name)}
        if button["do"] == "pay_stolen":
            payer.pop("card", None)
        try:
            done = self._control.obey({"session": session_id, "payment": session_id} | payer | button)
        except (Refused, ControlRefused) as refusal:
            return _see(here, said=str(refusal))
        if "declined" in done:
            return _see(here, said=done["declined"])
        return _see(return_address(self._office.store.the(session_id)))

    def _dashboard(self, query: dict[str, str]) -> Page:
        return Page(200, dashboard(self._office, said=query.get("said", "")).encode())

    def _work(self, form: dict[str, str]) -> Page:
        told: dict[str, object] = {name: value for name, value in form.items() if value}
        try:
            if "amount" in told:
                told["amount"] = minor_units(form["amount"], form.get("currency", self._office.currency))
            if told.get("do") == "set_webhooks":
                told = self._paused(is_paused=bool(told.get("paused")))
            self._control.obey(told)
        except (Refused, ControlRefused, ValueError, KeyError) as refusal:
            return _see("/dashboard", said=str(refusal))
        return _see("/dashboard", said=f"Done: {form.get('do', '').replace('_', ' ')}")

    def _paused(self, *, is_paused: bool) -> dict[str, object]:
        faults = dict(self._office.store.setting("webhooks", {}))
        return faults | {"do": "set_webhooks", "paused": is_paused}


def _see(place: str, **query: str) -> Page:
    return Page(303, location=f"{place}?{urlencode(query)}" if query else place)
