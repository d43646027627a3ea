"""What time it is."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

from daemon.tools.tool import Tool, ToolResult
from daemon.tools.typed import tool


def clock_tools(now: Callable[[], float], zone: tzinfo | None = None) -> list[Tool]:
    """HassGetCurrentTime and HassGetCurrentDate.

    Args:
        now: Unix seconds.
        zone: of the house; None for the machine's.
    """

    def local() -> datetime:
        return datetime.fromtimestamp(now(), UTC).astimezone(zone)

    async def get_time() -> ToolResult:
        """Tells the time of day."""
        time = local()
        parts = {"hour": time.hour, "minute": time.minute, "second": time.second}
        return ToolResult("done", {"time": f"{time:%H:%M}", "slots": {"time": parts}})

    async def get_date() -> ToolResult:
        """Tells the day and the date."""
        day = local()
        parts = {"year": day.year, "month": day.month, "day": day.day}
        told = {"date": f"{day:%Y-%m-%d}", "weekday": f"{day:%A}", "slots": {"date": parts}}
        return ToolResult("done", told)

    return [
        tool(get_time, name="HassGetCurrentTime", effect="read", offered=True),
        tool(get_date, name="HassGetCurrentDate", effect="read", offered=True),
    ]
