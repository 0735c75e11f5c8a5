"""A provider of the trade, played on this machine: it sells, keeps its own books and misbehaves on request.

It runs as its own process with nothing but Python's standard library and shares no code and no data with
the panel, so that one mistake is never made twice in the same way. `sandbox.stripe` is a second program of that kind.
"""
