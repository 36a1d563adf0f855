-- What the contracts logged, followed from block to block. All of it can be made again from the chain; a reorganisation takes
-- back what it took back. Numbers beyond 63 bits (amounts, ERC-721 ids) are decimal TEXT, addresses and words hex with 0x.

-- One row: how far the chain has been read.
CREATE TABLE chain_cursor (
    id BIGINT PRIMARY KEY,
    -- Chain id and escrow: these tables are of one deployment.
    deployment TEXT NOT NULL,
    -- Raised by every change: a change is only written onto the version that it was made from.
    version BIGINT NOT NULL,
    -- The newest block of the chain when that was last looked at.
    head BIGINT NOT NULL,
    -- How often blocks that had been read were replaced by others.
    reorgs BIGINT NOT NULL,
    -- Studies were told of everything up to this block.
    told BIGINT NOT NULL,
    -- Whoever reads the chain at the moment, and until when nobody else does.
    holder TEXT NOT NULL,
    free_at BIGINT NOT NULL
);

-- Blocks that have been read: the newest ones, as far back as they may still be replaced, and the very first.
CREATE TABLE chain_blocks (
    number BIGINT PRIMARY KEY,
    hash TEXT NOT NULL
);

CREATE TABLE chain_events (
    block BIGINT NOT NULL,
    -- Position in the block.
    log_index BIGINT NOT NULL,
    block_hash TEXT NOT NULL,
    tx_hash TEXT NOT NULL,
    contract TEXT NOT NULL,
    address TEXT NOT NULL,
    event TEXT NOT NULL,
    -- Whom it is about, where the event has such a value to be found by.
    study TEXT,
    dataset TEXT,
    model TEXT,
    -- The event's values, JSON.
    fields TEXT NOT NULL,
    PRIMARY KEY (block, log_index)
);
CREATE INDEX chain_events_by_name ON chain_events (contract, event, block, log_index);
CREATE INDEX chain_events_by_study ON chain_events (study, block, log_index);
CREATE INDEX chain_events_by_dataset ON chain_events (dataset, block, log_index);
CREATE INDEX chain_events_by_model ON chain_events (model, block, log_index);

-- What people ask for, typed. A row for each change, which goes when its event goes: what holds now is in the newest.

-- Contracts that contracts made.
CREATE TABLE chain_contracts (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    address TEXT NOT NULL,
    contract TEXT NOT NULL,
    PRIMARY KEY (block, log_index),
    FOREIGN KEY (block, log_index) REFERENCES chain_events (block, log_index) ON DELETE CASCADE
);

-- launched, closed, refunded
CREATE TABLE chain_studies (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    study TEXT NOT NULL,
    change TEXT NOT NULL,
    researcher TEXT,
    funder TEXT,
    plan_digest TEXT,
    budget TEXT,
    rounds BIGINT,
    enrol_by BIGINT,
    settle_by BIGINT,
    -- true or false
    consent_required TEXT,
    scoring TEXT,
    fee_bps BIGINT,
    last_round BIGINT,
    refunded TEXT,
    PRIMARY KEY (block, log_index),
    FOREIGN KEY (block, log_index) REFERENCES chain_events (block, log_index) ON DELETE CASCADE
);
CREATE INDEX chain_studies_by_study ON chain_studies (study);

-- enrolled, left, removed, withdrawn
CREATE TABLE chain_rosters (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    study TEXT NOT NULL,
    owner TEXT NOT NULL,
    change TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    identity TEXT,
    PRIMARY KEY (block, log_index),
    FOREIGN KEY (block, log_index) REFERENCES chain_events (block, log_index) ON DELETE CASCADE
);
CREATE INDEX chain_rosters_by_study ON chain_rosters (study, owner);

CREATE TABLE chain_settlements (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    study TEXT NOT NULL,
    round BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    model TEXT NOT NULL,
    transcript TEXT NOT NULL,
    payouts_root TEXT NOT NULL,
    cumulative_payout TEXT NOT NULL,
    PRIMARY KEY (block, log_index),
    FOREIGN KEY (block, log_index) REFERENCES chain_events (block, log_index) ON DELETE CASCADE
);
CREATE INDEX chain_settlements_by_study ON chain_settlements (study, round);

CREATE TABLE chain_payouts (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    study TEXT NOT NULL,
    owner TEXT NOT NULL,
    amount TEXT NOT NULL,
    cumulative TEXT NOT NULL,
    PRIMARY KEY (block, log_index),
    FOREIGN KEY (block, log_index) REFERENCES chain_events (block, log_index) ON DELETE CASCADE
);
CREATE INDEX chain_payouts_by_study ON chain_payouts (study, owner);

-- listed, updated, transferred, erased
CREATE TABLE chain_datasets (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    dataset TEXT NOT NULL,
    change TEXT NOT NULL,
    owner TEXT NOT NULL,
    commitment TEXT,
    uri TEXT,
    price TEXT,
    PRIMARY KEY (block, log_index),
    FOREIGN KEY (block, log_index) REFERENCES chain_events (block, log_index) ON DELETE CASCADE
);
CREATE INDEX chain_datasets_by_dataset ON chain_datasets (dataset);

-- granted, revoked
CREATE TABLE chain_consents (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    dataset TEXT NOT NULL,
    study TEXT NOT NULL,
    owner TEXT NOT NULL,
    escrow TEXT NOT NULL,
    change TEXT NOT NULL,
    -- The last second of a grant.
    granted_until BIGINT,
    PRIMARY KEY (block, log_index),
    FOREIGN KEY (block, log_index) REFERENCES chain_events (block, log_index) ON DELETE CASCADE
);
CREATE INDEX chain_consents_by_study ON chain_consents (study, owner);
CREATE INDEX chain_consents_by_dataset ON chain_consents (dataset);

-- minted, transferred
CREATE TABLE chain_models (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    model TEXT NOT NULL,
    change TEXT NOT NULL,
    owner TEXT NOT NULL,
    round BIGINT,
    digest TEXT,
    weights TEXT,
    provenance TEXT,
    owners_bps BIGINT,
    royalty_bps BIGINT,
    splitter TEXT,
    PRIMARY KEY (block, log_index),
    FOREIGN KEY (block, log_index) REFERENCES chain_events (block, log_index) ON DELETE CASCADE
);
CREATE INDEX chain_models_by_model ON chain_models (model);

-- bought, begun, renewed, refunded
CREATE TABLE chain_licences (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    licence TEXT NOT NULL,
    change TEXT NOT NULL,
    -- Who bought it, paid for more of it, or got the price back.
    account TEXT,
    model TEXT,
    offer BIGINT,
    price TEXT,
    expires BIGINT,
    PRIMARY KEY (block, log_index),
    FOREIGN KEY (block, log_index) REFERENCES chain_events (block, log_index) ON DELETE CASCADE
);
CREATE INDEX chain_licences_by_licence ON chain_licences (licence);
CREATE INDEX chain_licences_by_model ON chain_licences (model);

-- Of models and art, of art by its artist, of consent to a study: sold, refunded
CREATE TABLE chain_sales (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    -- The contract; the item is its lot, piece or request.
    market TEXT NOT NULL,
    item TEXT NOT NULL,
    change TEXT NOT NULL,
    seller TEXT,
    buyer TEXT,
    price TEXT,
    proceeds TEXT,
    royalty TEXT,
    fee TEXT,
    PRIMARY KEY (block, log_index),
    FOREIGN KEY (block, log_index) REFERENCES chain_events (block, log_index) ON DELETE CASCADE
);
CREATE INDEX chain_sales_by_item ON chain_sales (market, item);
