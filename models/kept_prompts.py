"""Prompts that were read once and need not be read again after a restart.

Reading what the tools are takes ten seconds on two cores, loading it from disk a fraction of one.
Only prompts that hold nothing of what people said are given here.
"""

import hashlib
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import llama_cpp

from models.llama_context import SideContext

log = logging.getLogger(__name__)

_MOST: Final = 2
"""Files; each is some 40 MB, and an older one is of tools or weights that are gone."""


@dataclass(frozen=True, slots=True)
class KeptPrompts:
    """States of one model's context, by the tokens that were read.

    Attributes:
        folder: may be emptied at any time.
        identity: of the weights.
    """

    folder: Path
    identity: str

    def load(self, context: SideContext, prompt: Sequence[int]) -> bool:
        """Put a context into the state after a prompt; whether that was kept. Blocks."""
        path = self._path(context, prompt)
        if not path.is_file():
            return False
        if context.load(path) and context.shared(prompt) == len(prompt):
            return True
        log.warning("a prompt that was kept cannot be used and is read anew")
        path.unlink(missing_ok=True)
        return False

    def save(self, context: SideContext, prompt: Sequence[int]) -> None:
        """Keep the state of a context that has just read a prompt. Blocks."""
        path = self._path(context, prompt)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Whole or not at all: another process may be reading it.
            unfinished = path.with_suffix(f".{os.getpid()}")
            if context.save(unfinished):
                unfinished.replace(path)
            unfinished.unlink(missing_ok=True)
            kept = sorted(self.folder.glob("*.kv"), key=lambda one: one.stat().st_mtime)
            for old in kept[:-_MOST]:
                old.unlink(missing_ok=True)
        except OSError as error:
            log.info("a prompt is not kept for the next start: %s", error.strerror)

    def _path(self, context: SideContext, prompt: Sequence[int]) -> Path:
        told = f"{self.identity} {llama_cpp.__version__} {context.size} {list(prompt)}"
        return self.folder / f"{hashlib.sha256(told.encode()).hexdigest()[:32]}.kv"
