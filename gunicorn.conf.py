"""The server's settings, read by gunicorn itself; command line options go before them."""

import logging
import os

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8080')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
timeout = 30
graceful_timeout = 20
forwarded_allow_ips = ""  # the application believes its proxy, and only where it has one
forwarder_headers = ""
control_socket_disable = True


class OneLine(logging.Formatter):
    """A message stays on its line, whatever a client put into an address."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line with line breaks made visible."""
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")


accesslog = "-"
# without query and referrer: they hold names and numbers that people searched for
access_log_format = "%(h)s %(m)s %(U)s %(s)s %(B)s %(M)sms"
logconfig_dict = {
    "formatters": {
        "line": {"()": OneLine, "format": "%(asctime)s %(process)d %(levelname)s %(message)s"}
    },
    "handlers": {
        "out": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "stream": "ext://sys.stdout",
        }
    },
    "root": {"level": "WARNING", "handlers": ["out"]},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
        "gunicorn.access": {"level": "INFO", "handlers": [], "propagate": True},
    },
}
