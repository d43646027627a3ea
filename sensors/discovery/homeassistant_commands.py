"""Arguments of commands, checked, and services that send one fixed payload."""

from collections.abc import Sequence

from sensors.discovery.homeassistant_config import Config, Sender, Unusable, number
from sensors.discovery.homeassistant_driver import Arguments, Service
from sensors.entities import CannotDo, EntityState, Publication
from sensors.events import Value


def measure(arguments: Arguments, name: str, lowest: float = 0.0, highest: float = 100.0) -> float:
    """A number within limits.

    Raises:
        CannotDo: it is none, or beyond them.
    """
    found = number(arguments.get(name))
    if found is None:
        raise CannotDo(f"{name} is no number")
    if not lowest <= found <= highest:
        raise CannotDo(f"{name} must be between {lowest:g} and {highest:g}")
    return found


def choice(arguments: Arguments, name: str, options: Sequence[str]) -> str:
    """One of the options as the device spells it; any word when it named none.

    Raises:
        CannotDo: it is none of them.
    """
    said = arguments.get(name)
    if not isinstance(said, str) or not said:
        raise CannotDo(f"{name} is missing")
    found = next((option for option in options if option.lower() == said.lower()), None)
    if found is None and options:
        raise CannotDo(f"there is no such {name}")
    return found or said


def commanded(config: Config, *templates: str) -> Sender:
    """Where the main command goes.

    Raises:
        Unusable: nowhere.
    """
    sender = config.sender("command_topic", *templates, main=True)
    if sender is None:
        raise Unusable("it has no command topic")
    return sender


def sends(sender: Sender | None, value: Value, **variables: object) -> Service | None:
    """A service that sends one payload, None when there is nowhere to send it."""
    if sender is None:
        return None

    def write(_arguments: Arguments, _state: EntityState) -> list[Publication]:
        return [sender(value, **variables)]

    return Service(write)


def payload(config: Config, key: str, default: str) -> str | None:
    """A payload that an announcement may forbid by null."""
    if key in config.fields and config.fields[key] is None:
        return None
    return config.text(key, default)


def services(**named: Service | None) -> dict[str, Service]:
    """Those that there are, by name; a trailing underscore only avoids Python's keywords."""
    return {name.rstrip("_"): service for name, service in named.items() if service is not None}
