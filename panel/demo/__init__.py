"""The demo: a panel with a past, made by the real rules and delivered by the sandbox provider."""
