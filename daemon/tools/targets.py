"""Which entities a call means, by Home Assistant's rules: name, area, floor, domain, device class.

What cannot be resolved is told with the keys of the package's error responses ("no_area",
"no_entity_in_area", "duplicate_entities", ...), so that it is worded in every language.

TargetError
+-- NoTarget   nothing in the house is meant
+-- Several    more than one thing is called that, or could be meant: ask which
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Protocol

from pydantic import Field

from daemon.tools.naming import alike, is_called, near, same
from daemon.tools.tool import Occasion
from sensors.areas import Area, Floor
from sensors.entities import Entity, EntityState

Name = Annotated[str, Field(description="Name of one device", max_length=200)]
AreaName = Annotated[str, Field(description="Name of a room", max_length=200)]
FloorName = Annotated[str, Field(description="Name of a floor", max_length=200)]
DeviceClass = Annotated[
    str, Field(description="Kind of device: curtain, blind, garage, temperature", max_length=60)
]

ALL: Final = "all"
"""The name that the package's sentences give when everything of a kind is meant."""

_HERE: Final = frozenset({"here", "this room", "current room"})
"""What a model fills in where a person said nothing of a room."""


class HouseView(Protocol):
    """What tools need to know of the house; `sensors.registry.Registry` is one."""

    def entities(self) -> Sequence[Entity]:
        """Everything there is."""

    def get(self, entity_id: str) -> Entity | None:
        """One entity, None when there is none of that id."""

    def state(self, entity_id: str) -> EntityState:
        """What is known of an entity now."""

    def areas(self) -> Sequence[Area]:
        """The rooms."""

    def floors(self) -> Sequence[Floor]:
        """The storeys."""


class TargetError(Exception):
    """A call's target cannot be resolved."""


class NoTarget(TargetError):
    """Nothing in the house is meant.

    Attributes:
        error: key of the response.
        details: what the response needs, by name: "entity", "area", "floor", "domain",
            "device_class", and "near": names that sound alike.
    """

    def __init__(self, error: str, **details: str | list[str]) -> None:
        super().__init__(error)
        self.error = error
        self.details = details


class Several(TargetError):
    """More than one thing could be meant.

    Attributes:
        error: key of the response.
        candidates: the entities.
    """

    def __init__(self, error: str, candidates: Sequence[Entity]) -> None:
        super().__init__(error)
        self.error = error
        self.candidates = tuple(candidates)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the slots of a call say about its target; "" for what they do not say.

    Attributes:
        name: of an entity, its alias or its id; "all" for everything that the rest describes.
        area: name of a room, or "here".
        floor: name of a floor.
        domain: of the entities.
        device_class: of the entities.
    """

    name: str = ""
    area: str = ""
    floor: str = ""
    domain: str = ""
    device_class: str = ""

    @property
    def named(self) -> bool:
        """Whether one thing is meant by its name."""
        return bool(self.name) and alike(self.name) != ALL

    @property
    def placed(self) -> bool:
        """Whether it is said where."""
        return bool(self.area or self.floor)

    @property
    def everywhere(self) -> bool:
        """Whether nothing limits it to one thing or place."""
        return not self.named and not self.placed


def resolve(
    house: HouseView,
    wanted: Wanted,
    occasion: Occasion,
    *,
    domains: Collection[str] = (),
    feature: Callable[[Entity], bool] = lambda _entity: True,
    here: bool = False,
    ask: bool = False,
) -> list[Entity]:
    """The entities that are meant; at least one.

    Args:
        house: what there is.
        wanted: what was said.
        occasion: its area is preferred among things of one name.
        domains: that can do what is asked, any when empty; `wanted.domain` narrows them.
        feature: whether an entity can do what is asked.
        here: whether the occasion's area is meant when neither thing nor place was named.
        ask: whether then just one thing can be meant.

    Raises:
        NoTarget: nothing is meant.
        Several: the name belongs to several things, or none was named and there are several, and
            the occasion does not tell which.
    """
    search = _Search(wanted, house.entities())
    if wanted.named:
        search.called(wanted.name)
    search.kind(domains)
    search.place(house, occasion)
    search.able(feature)
    if wanted.named:
        return search.one(occasion)
    if wanted.placed or wanted.name:
        return search.left
    meant = preferred(search.left, occasion) if here else search.left
    if ask and len(meant) > 1:
        raise Several("duplicate_targets", meant)
    return meant


def preferred(entities: Sequence[Entity], occasion: Occasion) -> list[Entity]:
    """Those in the room where it was said, or all when there are none."""
    near = [entity for entity in entities if same(entity.area, occasion.area)]
    return near or list(entities)


class _Search:
    """What is left of the house after each thing that was said; says which one left nothing."""

    def __init__(self, wanted: Wanted, entities: Iterable[Entity]) -> None:
        self._wanted = wanted
        self.left = list(entities)

    def called(self, name: str) -> None:
        known = self.left
        # A device may be called "yes" by a stranger, but an id is the house's own: it wins.
        self.left = [entity for entity in known if entity.id == name] or [
            entity for entity in known if is_called(entity, name, self._wanted.area)
        ]
        if not self.left:
            raise NoTarget("no_entity", entity=name, near=near(name, known))

    def kind(self, domains: Collection[str]) -> None:
        wanted = self._wanted
        if wanted.domain:
            self.left = [entity for entity in self.left if entity.domain == wanted.domain]
            if not self.left:
                raise self._none()
        if wanted.device_class:
            self.left = [
                entity for entity in self.left if entity.device_class == wanted.device_class
            ]
            if not self.left:
                raise self._none()
        if not domains:
            return
        self.left = [entity for entity in self.left if entity.domain in domains]
        if not self.left and (wanted.named or wanted.domain or wanted.device_class):
            raise NoTarget("feature_not_supported", entity=wanted.name)
        if not self.left:
            raise NoTarget("no_domain", domain=min(domains))

    def place(self, house: HouseView, occasion: Occasion) -> None:
        wanted = self._wanted
        if wanted.area:
            area = _area(house, wanted.area, occasion)
            # Of a thing that nobody put into a room, the room says nothing against it.
            unplaced = [entity for entity in self.left if wanted.named and not entity.area]
            self.left = [entity for entity in self.left if same(entity.area, area)] or unplaced
            if not self.left:
                raise self._none("area")
        if wanted.floor:
            floor = _floor(house, wanted.floor)
            self.left = [entity for entity in self.left if same(entity.floor, floor)]
            if not self.left:
                raise self._none("floor")

    def able(self, feature: Callable[[Entity], bool]) -> None:
        self.left = [entity for entity in self.left if feature(entity)]
        if not self.left:
            raise NoTarget("feature_not_supported", entity=self._wanted.name)

    def one(self, occasion: Occasion) -> list[Entity]:
        if len(self.left) > 1:
            self.left = preferred(self.left, occasion)
        if len(self.left) == 1:
            return self.left
        where = "_in_area" if self._wanted.area else "_in_floor" if self._wanted.floor else ""
        raise Several(f"duplicate_entities{where}", self.left)

    def _none(self, place: str = "") -> NoTarget:
        """The error of what was looked for, in the place that it is not in."""
        wanted = self._wanted
        what, value = "domain", wanted.domain or "device"
        if wanted.named:
            what, value = "entity", wanted.name
        elif wanted.device_class:
            what, value = "device_class", wanted.device_class
        if not place:
            return NoTarget(f"no_{what}", **{what: value})
        return NoTarget(f"no_{what}_in_{place}", **{what: value, place: getattr(wanted, place)})


def _area(house: HouseView, name: str, occasion: Occasion) -> str:
    """The room's own name."""
    if alike(name) in _HERE:
        if not occasion.area:
            raise NoTarget("no_area", area=name)
        return occasion.area
    for area in house.areas():
        if alike(name) in {alike(area.name), *map(alike, area.aliases)}:
            return area.name
    if any(same(entity.area, name) for entity in house.entities()):
        return name
    raise NoTarget("no_area", area=name, near=near(name, house.areas()))


def _floor(house: HouseView, name: str) -> str:
    """The floor's own name."""
    for floor in house.floors():
        names = {alike(floor.name), *map(alike, floor.aliases)}
        if {alike(name), alike(f"{name} floor")} & names:
            return floor.name
    if any(same(entity.floor, name) for entity in house.entities()):
        return name
    raise NoTarget("no_floor", floor=name, near=near(name, house.floors()))
