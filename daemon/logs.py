"""Structured logs on standard error. What people say never enters a line."""

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Literal

_PRIORITY = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}
"""syslog(3) levels."""


class _Json(logging.Formatter):
    """One JSON object a line; for journald with the priority in front, as sd-daemon(3) has it."""

    def format(self, record: logging.LogRecord) -> str:
        """Render a record."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        priority = (
            f"<{_PRIORITY.get(record.levelname, 6)}>" if "JOURNAL_STREAM" in os.environ else ""
        )
        return priority + json.dumps(line, ensure_ascii=False)


def set_up(level: str, form: Literal["auto", "text", "json"]) -> None:
    """Configure the root logger once; libraries are kept to warnings."""
    handler = logging.StreamHandler(sys.stderr)
    if form == "json" or (form == "auto" and not sys.stderr.isatty()):
        handler.setFormatter(_Json())
    else:
        handler.setFormatter(
            logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")
        )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for room in ("audio", "daemon", "memory", "models", "sensors", "sync"):
        logging.getLogger(room).setLevel(level.upper())
    # faster-whisper and Piper write texts into their debug lines; those never get out.
    for library in ("faster_whisper", "piper", "httpx", "asyncio"):
        logging.getLogger(library).setLevel(logging.WARNING)
