"""The MQTT edge: decoders, the house and its live state."""
