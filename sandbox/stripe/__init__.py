"""A Stripe, played on this machine: the part of its HTTP API, pay page and webhooks that a panel needs.

It imports nothing of ours and nobody imports it; it moves nobody's money. `docs/sandbox.md` tells how to use it.
"""
