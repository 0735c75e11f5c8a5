"""The back office: every payment, and buttons for what banks, networks and the merchant do to it."""

from datetime import UTC, datetime
from html import escape

from sandbox.stripe import balance
from sandbox.stripe.currencies import spoken
from sandbox.stripe.disputes import REASONS
from sandbox.stripe.office import Office
from sandbox.stripe.paypage import FRAME
from sandbox.stripe.store import Thing

SHOWN = 50
BODY = """<p class="ribbon">Local Stripe. It plays a card processor on this machine; no money moves.</p>
<main class="office">
<header>
<div><p class="merchant">{merchant}</p><h1>Back office</h1></div>
<dl class="figures">{figures}</dl>
</header>
{said}
<div class="tools">{tools}</div>
<h2>Payments</h2>
{payments}
<h2>Open sessions</h2>
{sessions}
</main>"""
PAYMENT = """<article class="card payment">
<header><strong>{amount}</strong> {badges}<time>{at}</time></header>
<dl class="facts">{facts}</dl>
{actions}
</article>"""
ACTION = """<form method="post" action="/dashboard">
<input type="hidden" name="do" value="{do}"><input type="hidden" name="payment" value="{payment}">
<input type="hidden" name="currency" value="{currency}">{fields}<button>{words}</button></form>"""
AMOUNT = '<input name="amount" inputmode="decimal" placeholder="all of it" aria-label="Amount" size="9">'
TONES = {
    "succeeded": "good", "pending": "warn", "processing": "warn", "failed": "bad", "won": "good", "lost": "bad",
    "requires_payment_method": "bad", "needs_response": "bad", "under_review": "warn", "canceled": "",
}  # fmt: skip


def dashboard(office: Office, *, said: str = "") -> str:
    intents = office.store.where("payment_intent", newest=SHOWN)
    sessions = office.store.where("checkout.session", newest=SHOWN, status="open")
    body = BODY.format(
        merchant=escape(office.merchant),
        figures=_figures(office),
        said=f'<p class="said" role="status">{escape(said)}</p>' if said else "",
        tools=_tools(office),
        payments="".join(_payment(office, intent) for intent in reversed(intents))
        or '<p class="empty">Nothing has been paid yet.</p>',
        sessions="".join(_session(session) for session in reversed(sessions))
        or '<p class="empty">No session is open.</p>',
    )
    return FRAME.format(title="Local Stripe · back office", body=body)


def _figures(office: Office) -> str:
    states = office.store.rows("SELECT state, count(*) AS count FROM deliveries GROUP BY state")
    last = office.store.rows("SELECT answer FROM deliveries WHERE answer <> '' ORDER BY id DESC LIMIT 1")
    facts = [
        (f"Balance {currency.upper()}", spoken(held, currency))
        for currency, held in balance.sums(office).items()
    ]
    facts += [(f"Webhooks {row['state']}", f"{row['count']:,}") for row in states]
    facts += [("Last answer to one", row["answer"]) for row in last]
    return "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)


def _tools(office: Office) -> str:
    is_paused = bool(office.store.setting("webhooks", {}).get("paused"))
    pause = '<input type="hidden" name="paused" value="1">'
    return "".join(
        (
            _action("payout", "", office.currency, "Pay out the balance"),
            _action("resend", "", "", "Send all webhooks again"),
            _action("set_webhooks", "", "", "Deliver webhooks again")
            if is_paused
            else _action("set_webhooks", "", "", "Hold webhooks back", pause),
        )
    )


def _payment(office: Office, intent: Thing) -> str:
    charge = office.store.find(intent["latest_charge"]) if intent["latest_charge"] else None
    badges, facts, actions = [_badge(intent["status"])], _facts(office, intent, charge), []
    if charge and charge["status"] == "pending":
        actions += [_for(charge, "settle", "Settle now"), _for(charge, "fail", "Let it fail")]
    if charge and charge["status"] == "succeeded":
        actions = _actions(office, charge)
        badges += [
            _badge(dispute["status"], "dispute ")
            for dispute in office.store.where("dispute", charge=charge["id"])
        ]
        if office.store.where("radar.early_fraud_warning", charge=charge["id"]):
            badges.append('<span class="badge warn">early fraud warning</span>')
        if charge["amount_refunded"]:
            badges.append(f'<span class="badge">{"" if charge["refunded"] else "partly "}refunded</span>')
    return PAYMENT.format(
        amount=spoken(intent["amount"], intent["currency"]),
        badges=" ".join(badges),
        at=_moment(intent["created"]),
        facts="".join(f"<div><dt>{name}</dt><dd>{escape(str(value))}</dd></div>" for name, value in facts),
        actions=f'<div class="actions">{"".join(actions)}</div>' if actions else "",
    )


def _facts(office: Office, intent: Thing, charge: Thing | None) -> list[tuple[str, str]]:
    session = office.store.the(intent["_session"])
    facts = [("Payment", intent["id"]), ("Reference", session["client_reference_id"] or "none")]
    if charge:
        method = charge["payment_method_details"]
        facts += [
            ("Customer", charge["billing_details"]["email"] or "unknown"),
            ("Paid with", f"{method['type']} ····{method[method['type']]['last4']}"),
        ]
        if charge["amount_refunded"]:
            facts.append(("Refunded", spoken(charge["amount_refunded"], charge["currency"])))
    if intent["last_payment_error"]:
        facts.append(("Refused", intent["last_payment_error"]["message"]))
    return facts


def _actions(office: Office, charge: Thing) -> list[str]:
    chosen = "".join(f'<option value="{reason}">{reason.replace("_", " ")}</option>' for reason in REASONS)
    reasons = f'<select name="reason" aria-label="Reason">{chosen}</select>'
    actions = []
    if not charge["refunded"]:
        actions.append(_for(charge, "refund", "Refund", AMOUNT))
    found = office.store.where("dispute", charge=charge["id"])
    state = found[-1]["status"] if found else ""
    if state in ("needs_response", "under_review"):
        actions += [
            _for(charge, "dispute_won", "Dispute won"),
            _for(charge, "dispute_lost", "Dispute lost"),
        ]
    elif state in ("warning_needs_response", "warning_under_review"):
        actions += [
            _for(charge, "escalate", "Inquiry becomes a dispute"),
            _for(charge, "dispute_won", "Close the inquiry"),
        ]
    else:
        actions += [
            _for(charge, "dispute", "Dispute", AMOUNT + reasons),
            _for(charge, "inquiry", "Inquiry", reasons),
        ]
    refunds = office.store.where("refund", charge=charge["id"])
    if any(refund["status"] == "pending" for refund in refunds):
        actions.append(_for(charge, "refund_settles", "Refund arrives"))
    if any(refund["status"] in ("pending", "succeeded") for refund in refunds):
        actions.append(_for(charge, "refund_fails", "Refund fails"))
    actions.append(_for(charge, "early_fraud_warning", "Early fraud warning"))
    return actions


def _session(session: Thing) -> str:
    amount = spoken(session["amount_total"], session["currency"])
    link = f'<a href="/c/pay/{session["id"]}">Pay page</a>'
    expire = _action("expire", session["id"], session["currency"], "Let it expire")
    reference = escape(session["client_reference_id"] or "none")
    return (
        f'<article class="card payment"><header><strong>{amount}</strong> {link}'
        f"<time>{_moment(session['created'])}</time></header>"
        f'<dl class="facts"><div><dt>Reference</dt><dd>{reference}</dd></div></dl>'
        f'<div class="actions">{expire}</div></article>'
    )


def _for(charge: Thing, do: str, words: str, fields: str = "") -> str:
    return _action(do, charge["id"], charge["currency"], words, fields)


def _action(do: str, payment: str, currency: str, words: str, fields: str = "") -> str:
    return ACTION.format(do=do, payment=payment, currency=currency, words=escape(words), fields=fields)


def _badge(state: str, before: str = "") -> str:
    return f'<span class="badge {TONES.get(state, "")}">{before}{state.replace("_", " ")}</span>'


def _moment(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%d %b %Y, %H:%M:%S} UTC"
