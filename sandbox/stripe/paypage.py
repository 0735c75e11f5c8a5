"""The pay page: what is to be paid, and buttons for each way it may end."""

from html import escape

from sandbox.stripe.cards import CARDS, GOOD
from sandbox.stripe.checkout import return_address
from sandbox.stripe.currencies import spoken
from sandbox.stripe.office import Office
from sandbox.stripe.store import Thing

FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
</head>
<body>
{body}
</body>
</html>
"""
BODY = """<p class="ribbon">Local Stripe. This page plays a card processor on this machine; no money moves.</p>
<main class="checkout">
<section class="summary">
<p class="merchant">{merchant}</p>
<h1>{amount}</h1>
<ul class="items">{items}</ul>
{cancel}
</section>
<section class="card">
{said}
{content}
</section>
</main>"""
FORM = """<h2>Pay</h2>
<form method="post">
<label>E-mail <input type="email" name="email" value="{email}" autocomplete="email"></label>
<label>Name <input name="name" value="Alice Example" autocomplete="name"></label>
<label>Card number <input name="card" value="{card}" inputmode="numeric" autocomplete="off" list="cards"></label>
<datalist id="cards">{cards}</datalist>
<button name="do" value="pay" class="primary">Pay {amount}</button>
<fieldset>
<legend>Or try</legend>
<button name="do" value="decline">Decline</button>
{later}
<button name="do" value="stolen">Pay with a stolen card</button>
</fieldset>
</form>
<details><summary>Card numbers and what they do</summary><dl class="numbers">{numbers}</dl></details>"""
LATER = """<button name="do" value="later">Pay later</button>
<button name="do" value="later_fails">Pay later, and it fails</button>"""
WAITING = """<h2>On its way</h2>
<p>The money comes from a bank account and settles by itself after a while.</p>
<form method="post">
<button name="do" value="settle" class="primary">It settles now</button>
<button name="do" value="fail">It fails now</button>
</form>
<p><a href="{back}">Back to {merchant}</a></p>"""
ENDED = """<h2>{title}</h2>
<p>{words}</p>
{back}"""


def pay_page(office: Office, session: Thing, *, said: str = "") -> str:
    amount = spoken(session["amount_total"], session["currency"])
    merchant = escape(office.merchant)
    items = "".join(
        f"<li><span>{escape(item['description'])}</span>"
        f"<span>{spoken(item['amount_total'], item['currency'])}</span></li>"
        for item in session["_line_items"]
    )
    is_open = session["status"] == "open"
    cancel = session["cancel_url"] if is_open else ""
    body = BODY.format(
        merchant=merchant,
        amount=amount,
        items=items,
        cancel=f'<p><a class="cancel" href="{escape(cancel)}">Cancel</a></p>' if cancel else "",
        said=f'<p class="said" role="status">{escape(said)}</p>' if said else "",
        content=_form(session, amount) if is_open else _ended(office, session),
    )
    return FRAME.format(title=f"Pay {merchant} · local Stripe", body=body)


def _form(session: Thing, amount: str) -> str:
    takes_later = any(method not in ("card", "link") for method in session["payment_method_types"])
    return FORM.format(
        email=escape(session["customer_email"] or ""),
        card=_grouped(GOOD),
        cards="".join(
            f'<option value="{_grouped(number)}">{escape(card.words)}</option>'
            for number, card in CARDS.items()
        ),
        numbers="".join(
            f"<div><dt>{_grouped(number)}</dt><dd>{escape(card.words)}</dd></div>"
            for number, card in CARDS.items()
        ),
        amount=amount,
        later=LATER if takes_later else "",
    )


def _ended(office: Office, session: Thing) -> str:
    back = escape(return_address(session))
    merchant = escape(office.merchant)
    if session["status"] == "expired":
        return ENDED.format(
            title="Expired", words="This session has expired. Nothing was paid and nothing can be.", back=""
        )
    intent = office.store.the(session["payment_intent"])
    if intent["status"] == "processing":
        return WAITING.format(back=back, merchant=merchant)
    link = f'<p><a href="{back}">Back to {merchant}</a></p>'
    if session["payment_status"] == "paid":
        return ENDED.format(title="Paid", words="This session is paid.", back=link)
    return ENDED.format(title="Failed", words="The payment failed. Nothing was paid.", back=link)


def _grouped(number: str) -> str:
    return " ".join(number[place : place + 4] for place in range(0, len(number), 4))
