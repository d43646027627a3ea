"""The daemon with other settings: what a technique gains is seen by leaving it out."""

import os
from collections.abc import Iterator
from pathlib import Path

from daemon import config
from daemon.bench.bench import Variant


class VariantError(Exception):
    """A variant cannot be understood; the text says how one is written."""


def variant(text: str) -> Variant:
    """Read one: NAME:SECTION.KEY=VALUE[,SECTION.KEY=VALUE ...]; a VARIABLE=VALUE is one too.

    Raises:
        VariantError: it is written otherwise.
    """
    name, separator, rest = text.partition(":")
    if not (name and separator and rest):
        raise VariantError(f"{text!r}: a variant is written NAME:SECTION.KEY=VALUE")
    return Variant(name, dict(_settings(rest)))


def check(one: Variant, file: Path | None) -> None:
    """Refuse settings that the daemon would refuse, before anything is measured.

    Args:
        one: which.
        file: the configuration that it changes.

    Raises:
        ConfigError: a key is unknown, or a value does not fit.
    """
    config.load(file, environment={**os.environ, **one.environment})


def _settings(text: str) -> Iterator[tuple[str, str]]:
    for part in text.split(","):
        key, separator, value = part.partition("=")
        section, dot, name = key.partition(".")
        if not (separator and key):
            raise VariantError(f"{part!r}: a setting is written SECTION.KEY=VALUE")
        yield (f"AURICLE_{section}__{name}".upper() if dot else key), value
