//! The ledger's tables, as a list of migrations that only grows.
//!
//! Its grain is the chunk: no table has a line per source row or per accepted record. `user_version` counts the
//! migrations applied, `application_id` says whose file it is. A statement here is never changed once released.

/// "CART" in ASCII; a file without it is not a ledger of ours.
pub(super) const APPLICATION_ID: i64 = 0x4341_5254;

/// Every migration, in order.
pub(super) const MIGRATIONS: [&str; 7] = [
    r"
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    root INTEGER NOT NULL,              -- first run of the chain; itself for a load of a creditor's file
    parent INTEGER,                     -- the run that this one goes on with
    kind TEXT NOT NULL,                 -- load, check, corrected, retry, retry-unknown
    target TEXT NOT NULL,
    server TEXT NOT NULL,
    operation TEXT NOT NULL,
    state TEXT NOT NULL,                -- planning, planned, sending, stopped, finished, refused
    started_at TEXT NOT NULL,
    finished_at TEXT,
    exit INTEGER,
    stop TEXT,                          -- the code of the reason why it stopped
    mapping TEXT NOT NULL,              -- the mapping file's text
    settings TEXT NOT NULL,             -- JSON: what was set for the run
    verdicts TEXT NOT NULL DEFAULT '[]',-- JSON: the formats decided for columns
    plan TEXT,                          -- JSON: books of what is not sent, and counts
    content BLOB                        -- digest of all records, whatever their order
) STRICT;
CREATE INDEX run_by_content ON run (content);
CREATE INDEX run_by_root ON run (root);
CREATE TABLE file (
    run INTEGER NOT NULL, ordinal INTEGER NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL,
    fingerprint TEXT NOT NULL, rows INTEGER NOT NULL, PRIMARY KEY (run, ordinal)
) STRICT, WITHOUT ROWID;
CREATE TABLE source_table (
    run INTEGER NOT NULL, ordinal INTEGER NOT NULL, file INTEGER NOT NULL, name TEXT NOT NULL, sheet TEXT,
    form TEXT NOT NULL, header_row INTEGER NOT NULL, header TEXT NOT NULL, PRIMARY KEY (run, ordinal)
) STRICT, WITHOUT ROWID;
CREATE TABLE source_block (
    run INTEGER NOT NULL, tbl INTEGER NOT NULL, first_row INTEGER NOT NULL, last_row INTEGER NOT NULL,
    body BLOB NOT NULL, PRIMARY KEY (run, tbl, first_row)
) STRICT;
CREATE TABLE finding (                  -- problems and left-out rows, about a thousand to a line
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE INDEX finding_by_run ON finding (run, kind);
CREATE TABLE chunk (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    number INTEGER NOT NULL,            -- counted from 1 within the run
    parent INTEGER,                     -- the chunk this one was split from
    source_run INTEGER NOT NULL,        -- the run whose source blocks hold the rows
    state TEXT NOT NULL,                -- planned, sending, settled, unknown
    code TEXT, detail TEXT,             -- why it is unknown
    retried_by INTEGER,                 -- the run that took its unknown records over
    records INTEGER NOT NULL, rows INTEGER NOT NULL, obligations INTEGER NOT NULL, money TEXT NOT NULL,
    body BLOB NOT NULL,                 -- fragments, compressed
    entries BLOB NOT NULL               -- the records: key, bytes, source rows, money; compressed
) STRICT;
CREATE UNIQUE INDEX chunk_by_number ON chunk (run, number);
CREATE INDEX chunk_by_state ON chunk (run, state, number);
CREATE TABLE attempt (
    id INTEGER PRIMARY KEY, chunk INTEGER NOT NULL, run INTEGER NOT NULL, started_at TEXT NOT NULL,
    finished_at TEXT, verdict TEXT, status INTEGER, bytes INTEGER NOT NULL, detail TEXT
) STRICT;
CREATE INDEX attempt_by_chunk ON attempt (chunk);
CREATE INDEX attempt_by_run ON attempt (run);
CREATE TABLE outcome (                  -- records of settled chunks that were not accepted
    chunk INTEGER NOT NULL, ordinal INTEGER NOT NULL, run INTEGER NOT NULL, state TEXT NOT NULL,
    code TEXT NOT NULL, detail TEXT NOT NULL, retried_by INTEGER,
    rows INTEGER NOT NULL, obligations INTEGER NOT NULL, money TEXT NOT NULL,
    PRIMARY KEY (chunk, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX outcome_by_run ON outcome (run, state);
CREATE TABLE fingerprint (run INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
",
    r"
ALTER TABLE run ADD COLUMN purged_at TEXT;    -- when its personal data was forgotten
ALTER TABLE run ADD COLUMN chain_books TEXT;  -- JSON, of a purged root: the books of its chain
CREATE TABLE report (                   -- folders that a report was written to
    run INTEGER NOT NULL, folder TEXT NOT NULL, PRIMARY KEY (run, folder)
) STRICT, WITHOUT ROWID;
",
    r"
CREATE TABLE profile (                  -- what a load was like as a whole; no value of a debtor
    run INTEGER PRIMARY KEY,
    mapping TEXT NOT NULL,              -- its mapping's file name, without the folder
    body TEXT NOT NULL                  -- JSON
) STRICT;
CREATE INDEX profile_by_mapping ON profile (mapping, run);
",
    r"
CREATE TABLE lookup (                   -- requests that ask for a record
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL, started_at TEXT NOT NULL, finished_at TEXT, verdict TEXT,
    status INTEGER, bytes INTEGER NOT NULL, detail TEXT
) STRICT;
CREATE INDEX lookup_by_run ON lookup (run);
CREATE TABLE resolved (                 -- their answers, so that a run asks for no value twice
    run INTEGER NOT NULL,
    kind TEXT NOT NULL,                 -- what for: id, read-back
    question BLOB NOT NULL,             -- keyed digest of module, field and value
    state TEXT NOT NULL,                -- found, nothing, several, others; same, differs
    id TEXT,                            -- the record's id in the CRM, where one was found
    records INTEGER NOT NULL,           -- how many came back
    at TEXT NOT NULL,
    PRIMARY KEY (run, kind, question)
) STRICT, WITHOUT ROWID;
ALTER TABLE chunk ADD COLUMN resends INTEGER; -- the chunk whose absent records it sends once more
",
    r"
CREATE TABLE accepted (                 -- what a CRM operation is known to hold; keyed hashes, no value of a debtor
    server TEXT NOT NULL, operation TEXT NOT NULL, target TEXT NOT NULL,
    upto INTEGER NOT NULL,              -- the last attempt that was looked at
    open TEXT NOT NULL,                 -- JSON: chunks among those whose outcome may still become known
    body BLOB NOT NULL,                 -- compressed
    PRIMARY KEY (server, operation, target)
) STRICT, WITHOUT ROWID;
",
    // Records are fingerprinted with another function since; what was kept is learnt again from the bodies that were sent.
    r"
DELETE FROM accepted;
DELETE FROM fingerprint;
",
    // To change a line is to read and write all of it; the state of a chunk changes several times, what it holds never.
    r"
CREATE TABLE chunk_body (
    chunk INTEGER PRIMARY KEY,
    body BLOB NOT NULL,                 -- fragments, compressed
    entries BLOB NOT NULL               -- the records: key, bytes, source rows, money; compressed
) STRICT;
INSERT INTO chunk_body SELECT id, body, entries FROM chunk;
ALTER TABLE chunk DROP COLUMN body;
ALTER TABLE chunk DROP COLUMN entries;
",
];
