"""The page a person sees who opens the sandbox in a browser."""

from html import escape

from sandbox.provider import Provider, money

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sandbox provider</title></head>
<body>
<h1>Sandbox provider</h1>
<p>This program plays an upstream provider on this machine. It delivers nothing to anybody: no counter outside
this program moves. It exists so that a panel can be tried and tested.</p>
<ul>
<li>API v2: <code>POST /api/v2</code> with <code>key</code> and <code>action</code></li>
<li>{services} services on sale, {orders} orders taken, {adds} calls to add received</li>
<li>Balance: {balance} USD</li>
<li>Speed: {speed}</li>
<li>Faults switched on: {faults}</li>
</ul>
<p>Words in a link decide how an order ends: <code>partial-567</code>, <code>cancel</code>,
<code>stuck</code>, <code>complete</code>.</p>
</body></html>
"""


def front_page(provider: Provider) -> str:
    provider.books.settle()
    [counted] = provider.books.rows(
        "SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM adds) AS adds"
    )
    faults = ", ".join(fault["fault"] for fault in provider.faults.listing()) or "none"
    return PAGE.format(
        services=len(provider.catalogue),
        orders=counted["orders"],
        adds=counted["adds"],
        balance=money(provider.books.balance),
        speed=provider.speed,
        faults=escape(faults),
    )
