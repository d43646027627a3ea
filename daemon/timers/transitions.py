"""What may become of a timer: pure functions for `Timers.change`."""

from dataclasses import replace

from memory.timers import State, Timer, Transition


def stopped(timer: Timer) -> Timer | None:
    """What waits is cancelled; what is being announced has been heard."""
    if timer.state == "fired":
        return replace(timer, state="acknowledged")
    return replace(timer, state="cancelled") if timer.state in ("running", "paused") else None


def settled(state: State) -> Transition:
    """What is being announced ends in that state."""
    return lambda timer: replace(timer, state=state) if timer.state == "fired" else None


def paused(now: float) -> Transition:
    """It keeps the seconds that it has left."""

    def pause(timer: Timer) -> Timer | None:
        if timer.state != "running":
            return None
        return replace(timer, state="paused", remaining=max(0.0, timer.due - now))

    return pause


def resumed(now: float) -> Transition:
    """It goes on with the seconds that it has left."""

    def resume(timer: Timer) -> Timer | None:
        if timer.state != "paused":
            return None
        return replace(timer, state="running", due=now + timer.remaining, remaining=0.0)

    return resume


def moved(seconds: float, now: float) -> Transition:
    """It takes longer, or shorter; what is due already runs for that long again."""

    def move(timer: Timer) -> Timer | None:
        if timer.state == "paused":
            rest = timer.remaining + seconds
            return replace(timer, remaining=rest) if rest > 0 else None
        if timer.state == "fired":
            due = now + seconds
            return replace(timer, state="running", due=due, fired_at=0.0) if seconds > 0 else None
        if timer.state != "running" or timer.due + seconds <= now:
            return None
        return replace(timer, due=timer.due + seconds)

    return move


def snoozed(seconds: float, now: float) -> Transition:
    """What is being announced is announced again later."""

    def snooze(timer: Timer) -> Timer | None:
        if timer.state != "fired":
            return None
        return replace(timer, state="running", due=now + seconds, fired_at=0.0)

    return snooze


def restored(timer: Timer) -> Timer | None:
    """What was cancelled is not."""
    if timer.state != "cancelled":
        return None
    return replace(timer, state="paused" if timer.remaining else "running")


def obeyed(said: str) -> Transition:
    """Its command has been obeyed; what is left is to say what came of it, if anything."""

    def obey(timer: Timer) -> Timer | None:
        if timer.state != "fired" or not timer.command:
            return None
        state: State = "fired" if said else "acknowledged"
        return replace(timer, command="", text=said, state=state)

    return obey
