"""What the file looks like: an append-only list of named steps, and how a file is brought to it.

A step that has been released is never edited; a change is a new step at the end.
"""

from typing import Final

import apsw

from memory.records import StoreCorrupt, StoreNewer

APPLICATION_ID: Final = 0x41555249
"""Marks the file as ours ("AURI"), so that another program's database is never written to."""

JOURNAL: Final = """
CREATE TABLE turns (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    session TEXT NOT NULL,
    started_at REAL NOT NULL,
    ended_at REAL NOT NULL,
    channel TEXT NOT NULL,
    asked TEXT NOT NULL,
    heard TEXT NOT NULL,
    route TEXT NOT NULL,
    record TEXT NOT NULL
) STRICT;
CREATE INDEX turns_by_session ON turns (session, seq);
CREATE TRIGGER turns_never_change BEFORE UPDATE ON turns
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TABLE turn_sources (
    passage INTEGER NOT NULL,
    turn INTEGER NOT NULL REFERENCES turns (seq) ON DELETE CASCADE,
    PRIMARY KEY (passage, turn)
) STRICT, WITHOUT ROWID;
CREATE INDEX turn_sources_by_turn ON turn_sources (turn);
CREATE TABLE summaries (
    session TEXT NOT NULL,
    up_to INTEGER NOT NULL REFERENCES turns (seq) ON DELETE CASCADE,
    summary TEXT NOT NULL,
    PRIMARY KEY (session, up_to)
) STRICT, WITHOUT ROWID;
CREATE INDEX summaries_by_turn ON summaries (up_to);
"""

PASSAGES: Final = """
CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    text INTEGER NOT NULL REFERENCES texts (id),
    origin TEXT NOT NULL,
    kind TEXT NOT NULL GENERATED ALWAYS AS (substr(origin, 1, instr(origin, ':'))) VIRTUAL,
    at REAL NOT NULL
) STRICT;
CREATE INDEX passages_by_text ON passages (text, at);
CREATE INDEX passages_by_time ON passages (at);
CREATE INDEX passages_by_kind ON passages (kind, at);
CREATE VIRTUAL TABLE text_words USING fts5(
    text, content='texts', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2'
);
INSERT INTO text_words (text_words, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER texts_in AFTER INSERT ON texts BEGIN
    INSERT INTO text_words (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER texts_out AFTER DELETE ON texts BEGIN
    INSERT INTO text_words (text_words, rowid, text) VALUES ('delete', old.id, old.text);
END;
CREATE TABLE vector_index (identity TEXT NOT NULL) STRICT;
"""

HOUSE: Final = """
CREATE TABLE house (
    entity TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    quantity TEXT NOT NULL,
    value TEXT NOT NULL,
    unit TEXT NOT NULL,
    at REAL NOT NULL,
    topic TEXT NOT NULL,
    late INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""

TIMERS: Final = """
CREATE TABLE timers (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    due REAL NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    command TEXT NOT NULL,
    area TEXT NOT NULL,
    language TEXT NOT NULL,
    created_at REAL NOT NULL,
    turn TEXT NOT NULL,
    length REAL NOT NULL,
    remaining REAL NOT NULL,
    repeat TEXT NOT NULL,
    state TEXT NOT NULL,
    fired_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX timers_by_state ON timers (state, due);
CREATE TABLE timer_calls (
    key TEXT PRIMARY KEY,
    at REAL NOT NULL,
    timers TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX timer_calls_by_time ON timer_calls (at);
"""

RUNS: Final = """
CREATE TABLE runs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    workflow TEXT NOT NULL,
    definition TEXT NOT NULL,
    context TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at REAL NOT NULL
) STRICT;
CREATE INDEX runs_by_state ON runs (state, seq);
CREATE TABLE run_steps (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step TEXT NOT NULL,
    state TEXT NOT NULL,
    result TEXT NOT NULL,
    UNIQUE (run, step)
) STRICT;
"""

AUDIT: Final = """
CREATE TABLE audit (seq INTEGER PRIMARY KEY, entry TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE TABLE audit_head (
    one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL
) STRICT;
INSERT INTO audit_head VALUES (1, 0, '');
CREATE TABLE audit_payloads (
    seq INTEGER PRIMARY KEY, salt TEXT NOT NULL, payload TEXT NOT NULL
) STRICT;
CREATE TABLE audit_calls (
    key TEXT PRIMARY KEY, began INTEGER NOT NULL, ended INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_by_turn ON audit (entry ->> 'turn');
CREATE INDEX audit_calls_unfinished ON audit_calls (began) WHERE ended IS NULL;
CREATE TRIGGER audit_grows_in_order BEFORE INSERT ON audit
WHEN new.seq <> (SELECT seq + 1 FROM audit_head)
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_never_shrinks BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_head_moves_on BEFORE UPDATE ON audit_head WHEN new.seq <> old.seq + 1
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_payloads_never_change BEFORE UPDATE ON audit_payloads
BEGIN SELECT RAISE(ABORT, 'a payload is erased, never changed'); END;
CREATE TRIGGER audit_calls_end_once BEFORE UPDATE ON audit_calls WHEN old.ended IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a call ends once'); END;
CREATE TABLE pins (
    name TEXT PRIMARY KEY, agreed TEXT NOT NULL, seen TEXT NOT NULL, at REAL NOT NULL
) STRICT, WITHOUT ROWID;
"""

LISTS: Final = """
CREATE TABLE lists (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL) STRICT;
CREATE TABLE list_items (
    list INTEGER NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    text TEXT NOT NULL,
    added_at REAL NOT NULL,
    done_at REAL,
    PRIMARY KEY (list, key)
) STRICT, WITHOUT ROWID;
"""

HISTORY: Final = """
CREATE TABLE history_keys (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, summed REAL NOT NULL
) STRICT;
CREATE TABLE history (
    key INTEGER NOT NULL REFERENCES history_keys (id) ON DELETE CASCADE,
    at REAL NOT NULL,
    value ANY NOT NULL,
    late INTEGER NOT NULL,
    PRIMARY KEY (key, at)
) STRICT, WITHOUT ROWID;
CREATE TABLE history_hours (
    key INTEGER NOT NULL REFERENCES history_keys (id) ON DELETE CASCADE,
    hour INTEGER NOT NULL,
    count INTEGER NOT NULL,
    low REAL,
    mean REAL,
    high REAL,
    seconds TEXT NOT NULL,
    last ANY NOT NULL,
    PRIMARY KEY (key, hour)
) STRICT, WITHOUT ROWID;
"""

ROUTINES: Final = """
CREATE TABLE routines (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    told TEXT NOT NULL
) STRICT;
"""

ENTITIES: Final = """
CREATE TABLE entities (id TEXT PRIMARY KEY, told TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""

WAKES: Final = """
CREATE TABLE wakes (
    hour INTEGER NOT NULL,
    phrase TEXT NOT NULL,
    woken INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    missed INTEGER NOT NULL,
    PRIMARY KEY (hour, phrase)
) STRICT, WITHOUT ROWID;
CREATE TABLE wake_hours (hour INTEGER PRIMARY KEY, seconds REAL NOT NULL) STRICT;
"""

STEPS: Final = (
    ("journal of turns, sessions and summaries", JOURNAL),
    ("passages and their words", PASSAGES),
    ("last known state of the house", HOUSE),
    ("timers, alarms and reminders", TIMERS),
    ("runs of workflows", RUNS),
    ("audit trail of calls, and pins of strangers' tools", AUDIT),
    ("lists of things to buy or to do", LISTS),
    ("history of the house and its hours", HISTORY),
    ("routines of the house", ROUTINES),
    ("what the house consists of", ENTITIES),
    ("how often wake words were heard", WAKES),
)


def check(connection: apsw.Connection) -> None:
    """Refuse a file that must not be written to; writes nothing itself.

    Raises:
        StoreCorrupt: damaged, or another program's.
        StoreNewer: its schema has steps that STEPS lacks.
    """
    fault = connection.pragma("quick_check", 1)
    if fault != "ok":
        raise StoreCorrupt(f"is damaged ({' '.join(str(fault).split())})")
    owner = connection.pragma("application_id")
    empty = connection.execute("SELECT count(*) FROM sqlite_schema").get == 0
    if owner != APPLICATION_ID and not (empty and owner == 0):
        raise StoreCorrupt("is a database of another program")
    unknown = [name for name in _applied(connection) if name not in dict(STEPS)]
    if unknown:
        raise StoreNewer(f"was written by a newer version of Auricle (step {unknown[0]!r})")


def migrate(connection: apsw.Connection) -> None:
    """Apply the steps that are missing, inside the caller's transaction."""
    done = _applied(connection)
    if not done:
        connection.pragma("application_id", APPLICATION_ID)
        connection.execute(
            "CREATE TABLE schema_steps ("
            "number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, applied_at TEXT NOT NULL"
            ") STRICT"
        )
    for name, sql in STEPS[len(done) :]:
        # To the end: statements behind one that gives rows are only run when those are taken.
        connection.execute(sql).fetchall()
        connection.execute(
            "INSERT INTO schema_steps (name, applied_at) VALUES (?, datetime('now'))", (name,)
        )


def _applied(connection: apsw.Connection) -> list[str]:
    # Not table_exists(): it answers from a copy that another process may have made stale.
    if not connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_steps'").get:
        return []
    return [name for (name,) in connection.execute("SELECT name FROM schema_steps ORDER BY number")]
