"""What zigbee2mqtt's specific types can do: lights, switches, locks, covers, fans, thermostats."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from sensors import payload as payloads
from sensors.discovery import colours, kinds
from sensors.discovery.mapped import (
    Arguments,
    MappedDriver,
    Said,
    Send,
    amount,
    choice,
    number,
    only,
    options,
    plainly,
    scaled,
)
from sensors.discovery.zigbee2mqtt_device import Device, Expose, plain
from sensors.entities import Publication
from sensors.events import Value

_MEGA = 1_000_000.0
"""Kelvin times mired."""


def driver(device: Device, expose: Expose) -> MappedDriver | None:
    """What drives it; None when its main property is missing."""
    build = _BUILDERS.get(expose.kind)
    part = build(device, expose) if build else None
    if part is None:
        return None
    entity = device.entity(expose.kind, *([expose.endpoint] if expose.endpoint else []))
    source = f"{device.source}/{expose.endpoint}" if expose.endpoint else device.source
    entity = replace(
        entity,
        source=source,
        device_class=kinds.told_by_name(expose.kind, device.name, device.description),
        features=frozenset(part.features),
        options=tuple(part.options),
        limits=part.limits,
        unit=part.unit,
    )
    return MappedDriver(entity, {device.topic: tuple(part.says)}, part.services, device.alias)


@dataclass(slots=True)
class _Part:
    """What one specific expose adds up to."""

    says: list[Said] = field(default_factory=list)
    services: dict[str, Send] = field(default_factory=dict)
    features: set[str] = field(default_factory=set)
    options: list[str] = field(default_factory=list)
    limits: tuple[float, float] | None = None
    unit: str = ""


def _two_states(state: Expose, on: str, off: str) -> Said:
    """The main state of what has two, in people's words."""
    truth = plainly(state.raw.get("value_on", "ON")), plainly(state.raw.get("value_off", "OFF"))
    return Said("state", (state.prop,), partial(_either, truth=truth, words=(on, off)))


def _either(raw: object, truth: tuple[str, str], words: tuple[str, str]) -> Value | None:
    said = plainly(raw)
    return words[truth.index(said)] if said and said in truth else None


def _values(state: Expose) -> tuple[object, object]:
    on, off = state.raw.get("value_on", "ON"), state.raw.get("value_off", "OFF")
    kinds_ = (str, bool)
    return (on, off) if isinstance(on, kinds_) and isinstance(off, kinds_) else ("ON", "OFF")


def _switch(device: Device, expose: Expose) -> _Part | None:
    state = expose.features.get("state")
    if state is None:
        return None
    on, off = _values(state)
    services = {"turn_on": device.sets(state.prop, on), "turn_off": device.sets(state.prop, off)}
    return _Part([_two_states(state, "on", "off")], services)


def _lock(device: Device, expose: Expose) -> _Part | None:
    state = expose.features.get("state")
    if state is None:
        return None
    lock, unlock = (str(value) for value in _values(state))
    part = _Part([_two_states(state, "locked", "unlocked")])
    part.services = {
        "lock": device.sets(state.prop, lock),
        "unlock": device.sets(state.prop, unlock),
    }
    if bolt := expose.features.get("lock_state"):
        part.says = [Said("state", (bolt.prop,), _bolt)]
    return part


def _bolt(raw: object) -> Value | None:
    known = {"locked": "locked", "unlocked": "unlocked", "not_fully_locked": "jammed"}
    return known.get(plainly(raw))


def _light(device: Device, expose: Expose) -> _Part | None:
    part = _switch(device, expose)
    if part is None:
        return None
    state = expose.features["state"]
    brightness = expose.features.get("brightness")
    temperature = expose.features.get("color_temp")
    colour = expose.features.get("color_xy") or expose.features.get("color_hs")
    if brightness:
        largest = brightness.number("value_max") or 254.0
        part.says.append(
            Said("brightness", (brightness.prop,), partial(scaled, largest=largest), "%")
        )
    if temperature:
        part.says.append(Said("color_temp", (temperature.prop,), _kelvin, "K"))
    if colour:
        part.says.append(Said("color", (colour.prop,), colours.components))
    able = {"brightness": brightness, "color_temp": temperature, "color": colour}
    part.features |= {name for name, feature in able.items() if feature}
    lit = _Lit(device, state, brightness, temperature, colour)
    part.services["turn_on"] = lit.turn_on
    return part


@dataclass(frozen=True, slots=True)
class _Lit:
    """How a lamp is switched on, with whatever it shall look like."""

    device: Device
    state: Expose
    brightness: Expose | None
    temperature: Expose | None
    colour: Expose | None

    def turn_on(self, arguments: Arguments) -> Sequence[Publication]:
        """One message, so that the lamp does not first flash in its old colour."""
        able = {
            "brightness": self.brightness, "color_temp": self.temperature, "color": self.colour,
        }  # fmt: skip
        only(arguments, *(name for name, feature in able.items() if feature))
        on, off = _values(self.state)
        fields: dict[str, object] = {self.state.prop: on}
        if self.brightness and "brightness" in arguments:
            percent = amount(arguments, "brightness", 0, 100)
            largest = self.brightness.number("value_max") or 254.0
            fields[self.brightness.prop] = max(1, round(percent / 100 * largest))
            if percent == 0:
                fields = {self.state.prop: off}
        if self.temperature and "color_temp" in arguments:
            fields[self.temperature.prop] = self._mireds(
                amount(arguments, "color_temp", 500, 20_000)
            )
        if self.colour and "color" in arguments:
            wanted = colours.hexadecimal(colours.rgb(arguments["color"]))
            fields[self.colour.prop] = {"hex": wanted}
        return self.device.set(**fields)

    def _mireds(self, kelvin: float) -> int:
        lowest, largest = (self.temperature and self.temperature.limits()) or (153.0, 500.0)
        return round(min(max(_MEGA / kelvin, lowest), largest))


def _kelvin(raw: object) -> float | None:
    mired = number(raw)
    return float(round(_MEGA / mired)) if mired is not None and 10 <= mired <= 2_000 else None


def _cover(device: Device, expose: Expose) -> _Part | None:
    state, position = expose.features.get("state"), expose.features.get("position")
    part = _Part()
    if position:
        part.says += [
            Said("state", (position.prop,), _open_from),
            Said("position", (position.prop,), partial(scaled, largest=100.0), "%"),
        ]
        part.features.add("position")
        part.services["set_position"] = partial(_to_position, device, position)
    if state:
        if not position:
            part.says.append(Said("state", (state.prop,), _open_word))
        words = {"open": "OPEN", "close": "CLOSE", "stop": "STOP"}
        part.services |= {name: device.sets(state.prop, raw) for name, raw in words.items()}
    return part if state or position else None


def _open_from(raw: object) -> Value | None:
    percent = number(raw)
    return None if percent is None else ("open" if percent > 0 else "closed")


def _open_word(raw: object) -> Value | None:
    return {"open": "open", "close": "closed", "closed": "closed"}.get(plainly(raw))


def _to_position(device: Device, position: Expose, arguments: Arguments) -> Sequence[Publication]:
    only(arguments, "position")
    return device.set(**{position.prop: round(amount(arguments, "position", 0, 100))})


def _fan(device: Device, expose: Expose) -> _Part | None:
    part = _switch(device, expose)
    mode, speed = expose.features.get("mode"), expose.features.get("speed")
    if part is None and mode is None:
        return None
    part = part or _Part()
    if mode:
        said = options(mode.raw.get("values"))
        levels = [raw for raw in said.values() if raw.lower() in _FAN_LEVELS]
        part.says.append(Said("preset_mode", (mode.prop,)))
        if "turn_on" not in part.services:
            part.says.insert(0, Said("state", (mode.prop,), _on_from_mode))
            part.services["turn_on"] = device.sets(mode.prop, "on" if "on" in said else "auto")
            part.services["turn_off"] = device.sets(mode.prop, "off")
        if levels and not speed:
            part.says.append(Said("percentage", (mode.prop,), partial(_level, levels=levels), "%"))
            part.features.add("set_speed")
            part.services["set_speed"] = partial(_to_level, device, mode, levels)
    if speed:
        largest = speed.number("value_max") or 254.0
        part.says.append(Said("percentage", (speed.prop,), partial(scaled, largest=largest), "%"))
        part.features.add("set_speed")
        part.services["set_speed"] = partial(_to_speed, device, speed, largest)
    return part


_FAN_LEVELS = ("low", "medium", "high")


def _on_from_mode(raw: object) -> Value | None:
    said = plainly(raw)
    return None if not said else ("off" if said == "off" else "on")


def _level(raw: object, levels: Sequence[str]) -> Value | None:
    lowered = [one.lower() for one in levels]
    said = plainly(raw)
    if said in ("", "off"):
        return 0.0 if said else None
    return round((lowered.index(said) + 1) / len(levels) * 100, 1) if said in lowered else None


def _to_level(
    device: Device, mode: Expose, levels: Sequence[str], arguments: Arguments
) -> Sequence[Publication]:
    only(arguments, "percentage")
    percent = amount(arguments, "percentage", 0, 100)
    if percent == 0:
        return device.set(**{mode.prop: "off"})
    step = min(int(percent / 100 * len(levels) - 1e-9), len(levels) - 1)
    return device.set(**{mode.prop: levels[step]})


def _to_speed(
    device: Device, speed: Expose, largest: float, arguments: Arguments
) -> Sequence[Publication]:
    only(arguments, "percentage")
    percent = amount(arguments, "percentage", 0, 100)
    return device.set(**{speed.prop: round(percent / 100 * largest)})


def _climate(device: Device, expose: Expose) -> _Part | None:
    features = expose.features
    part = _Part(unit="°C")
    target = next((features[name] for name in _SETPOINTS if name in features), None)
    mode = features.get("system_mode")
    if target is None and mode is None:
        return None
    if mode:
        modes = options(mode.raw.get("values"))
        part.options = list(modes)
        part.says.append(Said("state", (mode.prop,)))
        part.services["set_mode"] = partial(_to_choice, device, mode, modes)
        off = modes.get("off")
        on = next((modes[name] for name in ("heat", "auto", "cool") if name in modes), None)
        part.features |= {name for name in modes if name in ("heat", "cool", "auto")}
        if on and off:
            part.services["turn_on"] = device.sets(mode.prop, on)
            part.services["turn_off"] = device.sets(mode.prop, off)
    if target:
        part.limits = target.limits() or (5.0, 35.0)
        part.says.append(Said("temperature", (target.prop,), number, "°C", "target temperature"))
        part.features.add("target_temperature")
        part.services["set_temperature"] = partial(_to_number, device, target, part.limits)
    _climate_extras(device, features, part)
    return part


def _climate_extras(device: Device, features: Mapping[str, Expose], part: _Part) -> None:
    if current := features.get("local_temperature"):
        part.says.append(Said("current_temperature", (current.prop,), number, "°C", "temperature"))
    if action := features.get("running_state"):
        part.says.append(Said("hvac_action", (action.prop,), payloads.plain, "", "heating state"))
    if fan := features.get("fan_mode"):
        speeds = options(fan.raw.get("values"))
        part.says.append(Said("fan_mode", (fan.prop,)))
        part.features.add("fan_mode")
        part.services["set_fan_mode"] = partial(_to_choice, device, fan, speeds)


_SETPOINTS = (
    "occupied_heating_setpoint", "current_heating_setpoint", "occupied_cooling_setpoint",
)  # fmt: skip


def _to_choice(
    device: Device, expose: Expose, words: Mapping[str, str], arguments: Arguments
) -> Sequence[Publication]:
    only(arguments, "mode")
    return device.set(**{expose.prop: choice(arguments, "mode", words)})


def _to_number(
    device: Device, expose: Expose, limits: tuple[float, float], arguments: Arguments
) -> Sequence[Publication]:
    only(arguments, "temperature")
    amount(arguments, "temperature", *limits)
    return device.set(**{expose.prop: plain(arguments, "temperature")})


_BUILDERS: Mapping[str, Callable[[Device, Expose], _Part | None]] = {
    "light": _light,
    "switch": _switch,
    "lock": _lock,
    "cover": _cover,
    "fan": _fan,
    "climate": _climate,
}
