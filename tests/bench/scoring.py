"""Word error rate and percentiles, the same for everything that is measured on speech."""

import re
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from wetext import Normalizer


@cache
def _spoken() -> Normalizer:
    return Normalizer(lang="en", operator="tn")


def plain(text: str) -> list[str]:
    """Words to compare: numbers and units written out (wetext), lower case, no punctuation."""
    if not any(letter.isalnum() for letter in text):
        return []
    written_out = _spoken().normalize(text.strip()).lower().replace("\u2019", "'").replace("'", "")
    return re.sub(r"[^\w\s]", " ", written_out).split()


def errors(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """Substitutions, deletions and insertions at least needed (Levenshtein distance)."""
    row = list(range(len(hypothesis) + 1))
    for count, wanted in enumerate(reference, 1):
        above, row = row, [count]
        for at, said in enumerate(hypothesis):
            row.append(min(above[at + 1] + 1, row[at] + 1, above[at] + (wanted != said)))
    return row[-1]


def word_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    """Errors per reference word over (reference, hypothesis) pairs."""
    wrong = total = 0
    for reference, hypothesis in pairs:
        wanted = plain(reference)
        wrong += errors(wanted, plain(hypothesis))
        total += len(wanted)
    return round(wrong / total, 4)


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    return {f"p{q}": round(1000 * float(np.percentile(seconds, q)), 1) for q in (50, 95)}
