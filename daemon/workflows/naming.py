"""How steps are called aloud."""

from collections.abc import Sequence


def plain(step: str) -> str:
    """A step by its id: "the hall lamps"."""
    return f"the {step.replace('_', ' ')}"


def listed(steps: Sequence[str]) -> str:
    """Several of them: "the doors, the lamps and the blinds"."""
    names = [plain(step) for step in steps]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
