"""zigbee2mqtt's thermostats and radiator valves."""

from collections.abc import Mapping, Sequence
from functools import partial

from sensors import payload as payloads
from sensors.discovery.mapped import Arguments, Said, amount, choice, number, only, options
from sensors.discovery.zigbee2mqtt_device import Device, Expose, plain
from sensors.discovery.zigbee2mqtt_part import Part
from sensors.entities import Publication


def climate(device: Device, expose: Expose) -> Part | None:
    """A thermostat: its mode is its state."""
    features = expose.features
    part = Part(unit="°C")
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


def _climate_extras(device: Device, features: Mapping[str, Expose], part: Part) -> None:
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
