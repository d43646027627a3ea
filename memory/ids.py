"""The one maker of identifiers: unique, and sorting like the time they were made."""

import secrets
import uuid


def new_id(now: float) -> str:
    """Make a version 7 UUID (RFC 9562), 36 characters.

    The first 48 bits are milliseconds and the next 12 the fraction of the millisecond (RFC 9562,
    section 6.2, method 3), so ids made in one process sort like their times down to 0.25 us.

    Args:
        now: Unix seconds.
    """
    milliseconds, fraction = divmod(max(0.0, now) * 1000, 1)
    value = int(milliseconds) % (1 << 48) << 80
    value |= 0x7 << 76 | int(fraction * 4096) << 64
    value |= 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=value))
