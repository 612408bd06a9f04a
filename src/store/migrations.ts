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
]
