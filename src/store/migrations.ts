/** What takes a state file from one version to the next; its version is the number of those it has seen. Only append. */
export const migrations: readonly string[] = [
  `CREATE TABLE connections (
     name TEXT PRIMARY KEY,
     connection TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE runs (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     transfer TEXT NOT NULL,
     direction TEXT NOT NULL,
     status TEXT NOT NULL,
     created_at TEXT NOT NULL,
     ended_at TEXT,
     progress TEXT NOT NULL,
     report TEXT,
     log TEXT NOT NULL
   ) STRICT;
   CREATE INDEX runs_by_status ON runs (status, number);
   CREATE INDEX runs_open ON runs (number) WHERE ended_at IS NULL;`,
  `ALTER TABLE connections ADD COLUMN secrets TEXT;
   ALTER TABLE runs ADD COLUMN started_by TEXT;
   CREATE TABLE users (
     name TEXT PRIMARY KEY,
     role TEXT NOT NULL,
     password_hash TEXT NOT NULL,
     is_disabled INTEGER NOT NULL,
     created_at TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE sessions (
     id TEXT PRIMARY KEY,
     user TEXT NOT NULL,
     role TEXT NOT NULL,
     way TEXT NOT NULL,
     refresh_hash TEXT NOT NULL,
     expires_at TEXT NOT NULL,
     ended_at TEXT
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE api_tokens (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL,
     user TEXT NOT NULL,
     scope TEXT NOT NULL,
     hash TEXT NOT NULL UNIQUE,
     created_at TEXT NOT NULL,
     expires_at TEXT NOT NULL,
     used_at TEXT
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE login_codes (
     hash TEXT PRIMARY KEY,
     expires_at TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE signing_keys (
     id TEXT PRIMARY KEY,
     private_key TEXT NOT NULL,
     created_at TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE audit (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     at TEXT NOT NULL,
     user TEXT,
     way TEXT,
     address TEXT,
     action TEXT NOT NULL,
     subject TEXT,
     outcome TEXT NOT NULL
   ) STRICT;`,
  `CREATE TABLE journal (
     run TEXT NOT NULL,
     attempt INTEGER NOT NULL,
     owner TEXT,
     entry TEXT NOT NULL,
     PRIMARY KEY (run, attempt)
   ) STRICT, WITHOUT ROWID;
   ALTER TABLE runs ADD COLUMN failed_attempts TEXT NOT NULL DEFAULT '[]';`,
]
