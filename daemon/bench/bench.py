"""What all measurements share: recordings, engines, the home, and how much is to be measured."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

from audio.frames import Pcm
from daemon.assembly import Workshop
from daemon.bench.material import Item, sound
from daemon.bench.playing import Environment, Played, play
from daemon.bench.script import Script
from daemon.bench.synthetic import Synthetic

Figures = dict[str, Any]
"""What a measurement returns: JSON."""


@dataclass(frozen=True, slots=True)
class Variant:
    """The daemon with other settings.

    Attributes:
        name: for the report, "" for the daemon as it is configured.
        environment: AURICLE_SECTION__KEY variables.
    """

    name: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bench:
    """One call of `auricle bench`.

    Attributes:
        items: recordings of all kinds.
        bundled: whether they are those that come with the package.
        shop: what the engines are made from.
        folder: for everything that is written, removed at the end.
        environment: settings of every daemon: where its home is.
        home: whether there are devices.
        config: the configuration file that the user named.
        quick: just enough to see that it works.
        questions: recordings in a run at the most.
        repeat: how often each is played.
        variants: other settings to compare with.
        tell: told what is being done: minutes pass in silence otherwise.
    """

    items: Sequence[Item]
    bundled: bool
    shop: Workshop
    folder: Path
    environment: Environment
    home: bool
    config: Path | None = None
    quick: bool = False
    questions: int = 24
    repeat: int = 1
    variants: Sequence[Variant] = ()
    tell: Callable[[str], None] = lambda _: None
    _numbers: "count[int]" = field(default_factory=count)

    def sound(self, item: Item) -> Pcm:
        """A recording, or what nobody spoke, mono int16 at RATE.

        Raises:
            MaterialError: it cannot be decoded.
        """
        return sound(item.path) if item.path is not None else self._speak(item.text)

    def play(self, script: Script, variant: Variant | None = None) -> Played:
        """Run a daemon that remembers nothing on a script.

        Raises:
            BenchFailed: it did not come to its end.
        """
        return play(script, self.fresh(), self._settings(variant), self.config)

    def fresh(self) -> Path:
        """A new folder."""
        folder = self.folder / str(next(self._numbers))
        folder.mkdir()
        return folder

    def weights(self, role: str) -> Path:
        """The largest file of a role's model.

        Raises:
            ModelError: it is missing; says which command brings it.
        """
        return asyncio.run(self.shop.weights(role))

    def _settings(self, variant: Variant | None) -> Environment:
        return {**self.environment, **(variant.environment if variant else {})}

    @cached_property
    def _speak(self) -> Synthetic:
        return Synthetic(self.weights("mouth"))
