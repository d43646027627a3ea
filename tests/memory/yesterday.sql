-- A file as the first release made it: step 1 and one turn. Never edit: it is history.
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
PRAGMA application_id = 1096110665;
CREATE TABLE schema_steps (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, applied_at TEXT NOT NULL) STRICT;
INSERT INTO schema_steps (name, applied_at) VALUES ('journal of turns, sessions and summaries', '2026-11-01 12:00:00');

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

INSERT INTO turns (id, session, started_at, ended_at, channel, asked, heard, route, record) VALUES (
    '0192-first', 's', 1800000000.0, 1800000002.0, 'text', 'Is the kitchen warm?', 'Yes.', 'edge',
    '{"id": "0192-first", "session": "s", "started_at": 1800000000.0, "channel": "text", "asked": "Is the kitchen warm?", "answered": "Yes.", "heard": "Yes.", "route": "edge", "model": "m", "interrupted": false, "tools": [], "sources": [{"id": 7, "text": "The kitchen is warm.", "score": 0.03, "origin": "mqtt:kitchen"}], "latency_ms": {}, "trace": [], "kv_reused": 0, "prompt_tokens": 0, "confidence": 0.0, "error": ""}'
);
INSERT INTO turn_sources (passage, turn) VALUES (7, 1);
INSERT INTO summaries (session, up_to, summary) VALUES ('s', 1, 'Kitchen.');
