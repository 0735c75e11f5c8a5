"""What is written to the log, and how: lines on the console, for whatever collects them.

Keys and passwords never come into it. Templates tell at the level DEBUG what a request looked like when a variable was
missing, its address with the query included, where programs put their key: that is too much on any machine.
"""

from typing import Any


def logging_settings(level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {"django.template": {"level": "INFO"}},
    }
