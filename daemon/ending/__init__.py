"""End of turn by meaning: how long a pause must last before somebody counts as having finished."""

from daemon.ending.decision import LONGEST_MS, nudge, patience_ms

__all__ = ["LONGEST_MS", "nudge", "patience_ms"]
