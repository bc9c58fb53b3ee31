"""What the services tell their operator: one JSON line per event, with fields, never claims, keys or tokens."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

_LOGGER = logging.getLogger("passport")


class _JsonLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


def start_logging(level: int = logging.INFO) -> None:
    """Send events to standard error as JSON lines; call once per process."""
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonLine())
    _LOGGER.handlers = [handler]
    _LOGGER.setLevel(level)
    _LOGGER.propagate = False


def log_event(
    event: str, /, *, level: int = logging.INFO, fault: BaseException | None = None, **fields: object
) -> None:
    """Record `event` (a word such as ``credential_issued``) with its fields."""
    _LOGGER.log(level, event, exc_info=fault, extra={"fields": fields})
