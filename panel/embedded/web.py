"""gunicorn's settings when the panel is supervised on one machine."""

import signal
from typing import Any

from panel.embedded.processes import die_with_parent

wsgi_app = "panel.wsgi"
worker_class = "gthread"
workers = 2
threads = 4
preload_app = True
loglevel = "warning"
graceful_timeout = 2
control_socket_disable = True


def post_fork(_server: Any, worker: Any) -> None:
    """End a worker with its master, even when that was killed."""
    die_with_parent(worker.ppid, signal.SIGKILL)
