-- One text for SQLite and PostgreSQL. Ids are lower-case hex with 0x; times are milliseconds since the Unix epoch.

CREATE TABLE studies (
    id TEXT PRIMARY KEY,
    -- Raised by every step: a step is only written onto the version that it was made from.
    version BIGINT NOT NULL,
    -- The state machine, JSON.
    state TEXT NOT NULL,
    -- When time alone changes something; nothing once the study has ended.
    due_at BIGINT
);
CREATE INDEX studies_by_due ON studies (due_at);

-- What members are told, in order.
CREATE TABLE events (
    study TEXT NOT NULL,
    seq BIGINT NOT NULL,
    -- Comma-separated addresses; nothing for everyone.
    audience TEXT,
    -- tributary.v1.Event.
    event BYTEA NOT NULL,
    PRIMARY KEY (study, seq)
);

-- What befell a study, for people.
CREATE TABLE lines (
    study TEXT NOT NULL,
    version BIGINT NOT NULL,
    place BIGINT NOT NULL,
    written_at BIGINT NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (study, version, place)
);

-- What is to be done outside, at least once.
CREATE TABLE outbox (
    study TEXT NOT NULL,
    number BIGINT NOT NULL,
    -- JSON.
    errand TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    -- Whoever takes the errand puts this into the future.
    free_at BIGINT NOT NULL,
    PRIMARY KEY (study, number)
);
CREATE INDEX outbox_by_free ON outbox (free_at);

-- SHA-256 of tokens, never tokens.
CREATE TABLE sessions (
    token TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE challenges (
    challenge TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
