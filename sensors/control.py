"""Makes devices do something, and says what was observed of it.

Nothing counts as done because it was sent. Proof is a message of the device that arrived after the
command and says what was wanted; what the broker had kept from before proves nothing.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from sensors.entities import CannotDo, Command, Driver, Entity, EntityState, Publication
from sensors.events import Reading, SensorError, Value
from sensors.expectation import Expectation, Verdict, expected
from sensors.guards import Guards, is_entrance
from sensors.house import House
from sensors.registry import Registry

_log = logging.getLogger(__name__)

Status = Literal[
    "confirmed", "unanswered", "sent", "contradicted", "unavailable", "impossible", "unsent"
]
"""confirmed: observed. unanswered: sent, and the device has not answered. sent: it leaves nothing
to observe. contradicted: the device says otherwise. unavailable: it is away, nothing was sent.
impossible: it cannot do that, nothing was sent. unsent: the broker did not take it."""

FRESH: Final = 3_600.0
"""Seconds for which a known state stands for a device that does not repeat itself."""

REPEATS: Final = 0.6
"""Seconds within which those devices answer that do repeat themselves."""

_BEHIND: Final = 2.0
"""Seconds that a device's clock may be behind ours; many stamp whole seconds."""


_SAID: Final[Mapping[Verdict, tuple[Status, str]]] = {
    "contrary": ("contradicted", "it says otherwise"),
    "pending": ("unanswered", "it has begun, but is not there yet"),
}
_SILENCE: Final[tuple[Status, str]] = ("unanswered", "it has not answered")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command.

    Attributes:
        command: as given.
        status: see `Status`.
        state: of the entity afterwards.
        why: in a few words, "" where the status says it all.
    """

    command: Command
    status: Status
    state: EntityState
    why: str = ""


@dataclass(slots=True)
class _Trial:
    """One command on its way."""

    command: Command
    entity: Entity
    publications: Sequence[Publication]
    wanted: Mapping[str, Expectation]
    before: Mapping[str, Reading]
    sent_at: float
    doubted: Callable[[Reading], bool]
    seen: dict[str, Value] = field(default_factory=dict)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    acknowledged: bool = False

    def hear(self, reading: Reading) -> None:
        """Take in news; what was said before the command proves nothing."""
        if not reading.late and reading.at >= self.sent_at - _BEHIND:
            self.seen[reading.entity] = reading.value
            self.woken.set()

    def verdict(self, attribute: str) -> Verdict | None:
        """What was said of an attribute since it was sent, None for nothing."""
        key = self.entity.key(attribute)
        if key not in self.seen:
            return None
        before = self.before.get(attribute)
        return self.wanted[attribute].verdict(self.seen[key], before.value if before else None)

    def was_so(self, attribute: str) -> bool:
        """Whether it was known to be so, recently and from the device itself.

        Not if it left something unanswered since: it may have done that. Never of a lock.
        """
        known = self.before.get(attribute)
        if known is None or known.late or self.sent_at - known.at > FRESH:
            return False
        if self.entity.domain == "lock" or self.doubted(known):
            return False
        return self.wanted[attribute].verdict(known.value, None) == "met"

    def is_proved(self, *, by_knowledge: bool) -> bool:
        """Whether all that was wanted is so."""
        proved = {one for one in self.wanted if self.verdict(one) in ("met", "coming")}
        if any(self.wanted[one].enough for one in proved):
            return True
        if by_knowledge:
            proved |= {one for one in self.wanted if self.verdict(one) is None and self.was_so(one)}
        return proved == set(self.wanted)


class Control:
    """Performs commands; any number at a time."""

    def __init__(
        self,
        registry: Registry,
        house: House,
        publish: Callable[[Sequence[Publication]], Awaitable[None]],
        now: Callable[[], float] = time.time,
        guarded: Callable[[Entity], bool] = is_entrance,
    ) -> None:
        """Make one for a house.

        Args:
            registry: what there is and how it is spoken to.
            house: what is known of it.
            publish: sends messages in order and returns when the broker has them; raises
                SensorError. See `MqttEdge.publish`.
            now: Unix seconds.
            guarded: whether nothing else may be commanded where an entity is; see `Guards`.
        """
        self._registry = registry
        self._house = house
        self._publish = publish
        self._now = now
        self._guarded = guarded

    async def perform(self, commands: Sequence[Command], within: float = 1.5) -> list[Outcome]:
        """Give the commands at once and in order; one outcome each, in their order.

        Devices that are in the wanted state already are told all the same: somebody may have used
        the switch on the wall unnoticed. Many do not repeat themselves then; if such a device said
        within the last hour that it is as wanted, and nothing else since, that is confirmation.

        Args:
            commands: what shall be done.
            within: seconds in which devices have to answer.
        """
        guards = Guards(self._registry, self._guarded)
        trials = [self._prepared(command, guards) for command in commands]
        by_key: dict[str, list[_Trial]] = {}
        for trial in trials:
            if isinstance(trial, _Trial):
                for attribute in trial.wanted:
                    by_key.setdefault(trial.entity.key(attribute), []).append(trial)

        def told(news: Sequence[Reading]) -> None:
            for reading in news:
                for trial in by_key.get(reading.entity, ()):
                    trial.hear(reading)

        leave = self._house.watch(told)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._outcome(trial, within)) for trial in trials]
        finally:
            leave()
        return [task.result() for task in tasks]

    def _prepared(self, command: Command, guards: Guards) -> "_Trial | Outcome":
        entity, driver = self._registry.get(command.entity), self._registry.driver(command.entity)
        state = self._registry.state(command.entity)
        if entity is None:
            return Outcome(command, "impossible", state, "there is no such thing")
        if driver is None:
            return _undriven(command, state, is_remembered=self._registry.is_remembered(entity.id))
        if not state.available:
            return Outcome(command, "unavailable", state, "it is offline")
        try:
            publications = _written(entity, driver, command, state)
            guards.check(entity, command, publications)
        except CannotDo as error:
            return Outcome(command, "impossible", state, str(error))
        wanted = expected(entity, command) if driver.tells else {}
        known = {one: self._house.reading(entity.key(one)) for one in wanted}
        before = {one: reading for one, reading in known.items() if reading is not None}
        return _Trial(
            command, entity, publications, wanted, before, self._now(), self._house.is_doubted
        )

    async def _outcome(self, trial: "_Trial | Outcome", within: float) -> Outcome:
        if isinstance(trial, Outcome):
            return trial
        clock = asyncio.get_running_loop().time
        began = clock()
        why = "the broker has not answered"
        try:
            async with asyncio.timeout(within):
                await self._publish(trial.publications)
                trial.acknowledged = True
        except TimeoutError:
            pass
        except SensorError as error:
            why = str(error)
        if trial.wanted and trial.acknowledged:
            await self._observe(trial, began + within)
        status, why = _judged(trial, why)
        if trial.wanted and status in ("unanswered", "unsent"):
            self._house.doubt(trial.entity.source, trial.sent_at)
        return Outcome(trial.command, status, self._registry.state(trial.command.entity), why)

    async def _observe(self, trial: _Trial, deadline: float) -> None:
        """Wait until it is proved, or nothing more is to be expected."""
        clock = asyncio.get_running_loop().time
        for until, by_knowledge in ((clock() + REPEATS, False), (deadline, True)):
            try:
                async with asyncio.timeout_at(min(until, deadline)):
                    while not trial.is_proved(by_knowledge=by_knowledge):
                        await trial.woken.wait()
                        trial.woken.clear()
            except TimeoutError:
                continue
            return


def _judged(trial: _Trial, trouble: str) -> tuple[Status, str]:
    if trial.wanted and trial.is_proved(by_knowledge=False):
        return "confirmed", ""
    if not trial.acknowledged:
        return "unsent", trouble
    if not trial.wanted:
        return "sent", "it leaves nothing to observe"
    if trial.is_proved(by_knowledge=True):
        return "confirmed", "it was so already"
    verdicts = [trial.verdict(attribute) for attribute in trial.wanted]
    return next((_SAID[one] for one in _SAID if one in verdicts), _SILENCE)


def _written(
    entity: Entity, driver: Driver, command: Command, state: EntityState
) -> Sequence[Publication]:
    try:
        return driver.write(command, state)
    except CannotDo:
        raise
    except Exception as error:  # task border: one device's driver, the others go on
        _log.warning("A driver of %s broke: %s", entity.protocol, type(error).__name__)
        raise CannotDo("its driver broke") from error


def _undriven(command: Command, state: EntityState, *, is_remembered: bool) -> Outcome:
    if is_remembered:
        why = "it has not announced itself since the start"
        return Outcome(command, "unavailable", state, why)
    return Outcome(command, "impossible", state, "it cannot be commanded")
