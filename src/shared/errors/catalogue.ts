/**
 * Every error a person can meet. The code is the contract (API, CLI, page, tests); the sentence that names the
 * file, line, column or host is composed where the error is raised; the hint is the next step.
 *
 * Exit codes follow DESIGN §7: 2 usage, 3 connection, 4 data, 5 refused by the target, 70 internal, 130 cancelled.
 */
interface Entry {
  readonly status: number
  readonly exit: 2 | 3 | 4 | 5 | 70 | 130
  /** Whether the same request may succeed later without any change by the user. */
  readonly retry: boolean
  readonly hint: string
}

const usage = (hint: string, status = 400): Entry => ({ status, exit: 2, retry: false, hint })
const connection = (hint: string, retry = true): Entry => ({ status: 502, exit: 3, retry, hint })
const data = (hint: string): Entry => ({ status: 422, exit: 4, retry: false, hint })
const refused = (hint: string, status = 409, retry = false): Entry => ({ status, exit: 5, retry, hint })
const internal = (hint: string): Entry => ({ status: 500, exit: 70, retry: false, hint })

export const catalogue = {
  USAGE: usage('Run the command with --help to see what it accepts.'),
  FILE_NOT_FOUND: usage('Check the path; it is relative to the current folder.', 404),
  FILE_IS_DIRECTORY: usage('Name a file, or a pattern such as "folder/*.csv".'),
  FILE_OUTSIDE_WORKSPACE: usage(
    'Move the file into the workspace, or name another folder with --workspace.',
    403,
  ),
  FILE_UNREADABLE: usage('Check the permissions of the file and of its folder.', 403),
  FILE_NOT_REGULAR: usage(
    'Only regular files can be used; on the command line also FIFOs and standard input.',
  ),
  FILE_BUSY: usage('Wait for the other export to finish, or delete the .part file when there is none.', 409),
  UPLOAD_UNFINISHED: usage('Wait until the upload has ended.', 409),
  FILE_EMPTY: data('Nothing was changed; check how the file was produced.'),
  FILE_NO_RECORDS: data('Nothing was changed; if the first line is data, pass --no-header.'),
  FILE_ENCODING: data('Say which encoding it has with --encoding; binary takes the bytes as they are.'),
  FILE_DAMAGED: data('Check that the file is complete and compressed as its extension says.'),
  DIALECT_UNSUPPORTED: usage('Choose another delimiter, quote or compression for the file.'),
  HEADER_DUPLICATE: data(
    'Rename the columns in the file, or pass --no-header --skip-lines 1 to use positions.',
  ),
  RECORD_MALFORMED: data(
    'Fix the record, or check the delimiter and the quotes; --on-error skip imports the others without it.',
  ),
  VALUE_REJECTED: data(
    'Fix the value, choose a wider type for the column, or name the text that means NULL with --null.',
  ),
  REJECT_LIMIT: data('Look at the rejects, correct the file, or allow more of them with --max-rejects.'),
  VALUE_UNWRITABLE: data('Choose another delimiter, quotes, null token or encoding for the file.'),
  RECORD_TOO_LARGE: data('Check the quotes and line ends: a record this large is usually an unclosed quote.'),
  COLUMN_NOT_FOUND: usage('Check the spelling; names are case-sensitive.', 404),
  COLUMN_MISSING: usage(
    'Name the source of every column with --map, or give the column a default in the table.',
  ),
  TYPE_UNSUPPORTED: data('Leave the column out with --columns, or convert it with --query.'),
  TYPE_UNKNOWN: usage('Use a ClickHouse type name such as Int64, Date or Nullable(String).'),
  TABLE_NOT_FOUND: usage('Check the database and table name.', 404),
  TABLE_EXISTS: refused('Choose another table, or use --mode append or --mode replace.'),
  TABLE_UNSUITABLE: refused('Choose another table or another --mode.'),
  TABLE_CHANGED: refused('Run the transfer again.', 409, true),
  QUERY_INVALID: usage('Correct the SQL and try again.'),
  QUERY_NOT_ALLOWED: usage('On the embedded database only plain functions over its tables may be used.', 403),
  CONNECTION_NOT_FOUND: usage('Choose one of the saved connections, or save one under this name.', 404),
  RUN_NOT_FOUND: usage('Look for it in the list of runs.', 404),
  RUN_ENDED: usage('Look at its report; start the transfer again to run it once more.', 409),
  REQUEST_INVALID: usage('Compare the request with its description at /api/docs.'),
  ROUTE_NOT_FOUND: usage('The addresses that exist are described at /api/docs.', 404),
  LOGIN_REQUIRED: usage('Log in; "flathouse login" prints a link when Flathouse runs on this machine.', 401),
  LOGIN_FAILED: usage('Check the user and the password; "flathouse login" prints a new link.', 401),
  SESSION_ENDED: usage('Log in again.', 401),
  ROLE_MISSING: usage('Ask an administrator of this Flathouse for the role.', 403),
  TOO_MANY_REQUESTS: { status: 429, exit: 2, retry: true, hint: 'Wait a little, then try again.' },
  TOO_MANY_RUNS: {
    status: 429,
    exit: 2,
    retry: true,
    hint: 'Wait until some of them have ended, or cancel some.',
  },
  USER_NOT_FOUND: usage('Look for the name in the list of users.', 404),
  API_TOKEN_NOT_FOUND: usage('Look for it in the list of API tokens.', 404),
  HOST_NOT_ALLOWED: usage('Ask who runs this Flathouse to allow the host with --allow-hosts.', 403),
  IDENTITY_PROVIDER: connection('Check the issuer, the client id and the client secret.'),
  SECRETS_UNREADABLE: internal('Restore the key file or FLATHOUSE_SECRET_KEY, or give the secrets again.'),
  UPLOAD_TOO_LARGE: usage('Move the file into the workspace by other means, or raise --max-upload.', 413),
  ORIGIN_REFUSED: usage('Open Flathouse by the address it printed when it started.', 403),
  HOST_NOT_FOUND: connection('Check the host name.'),
  HOST_LOOKUP_FAILED: connection('Check that this machine reaches its name server, then try again.'),
  CONNECTION_REFUSED: connection('Check the host and port, and that ClickHouse is running there.'),
  CONNECTION_TIMEOUT: connection('Check the host, the port and any firewall between.'),
  CONNECTION_LOST: connection('Check that the server is up, then try again.'),
  TLS_FAILED: connection('Use http instead of https, or the port that speaks TLS (often 8443).', false),
  TLS_CERTIFICATE: connection('Pass the certificate of the authority that signed it with --ca FILE.', false),
  TLS_NAME: connection('Connect to a host by a name that its certificate holds.', false),
  TLS_EXPIRED: connection('Renew the certificate of the server, or set the clock of this machine.', false),
  TLS_CLIENT: connection(
    'Pass a certificate that the server accepts with --cert FILE and its key with --key FILE.',
    false,
  ),
  AUTH_FAILED: connection('Check the user and FLATHOUSE_PASSWORD or FLATHOUSE_TOKEN.', false),
  TOKEN_MALFORMED: connection('Paste the whole JWT: three parts separated by dots.', false),
  TOKEN_EXPIRED: connection('Get a new token and set FLATHOUSE_TOKEN.', false),
  NOT_CLICKHOUSE: connection(
    'Check the port: ClickHouse answers HTTP on 8123 (https: 8443) by default.',
    false,
  ),
  SERVER_TOO_OLD: connection('Upgrade ClickHouse to 23.8 or newer.', false),
  ACCESS_DENIED: refused('Ask for the missing right, or connect as another user.', 403),
  SERVER_REFUSED: refused('Read the server’s answer above; nothing was committed.'),
  ALREADY_RUNNING: refused('Wait until the server has ended what it was asked for before.', 409, true),
  SERVER_UNAVAILABLE: refused('Wait until the server is well and has less to do, then try again.', 503, true),
  MEMORY_LIMIT: refused(
    'Give the server more memory (the embedded one: FLATHOUSE_MEMORY), or move fewer columns or rows at a time.',
    507,
  ),
  TIME_LIMIT: refused('Choose fewer rows or a simpler query, or raise max_execution_time of the user.', 504),
  DISK_FULL: refused('Free some space, or write to another disk.', 507),
  TARGET_UNWRITABLE: refused('Check the permissions of the target folder.', 403),
  VERIFICATION_FAILED: data('Run the transfer again; if rows went straight into a table, look at it first.'),
  CANCELLED: { status: 409, exit: 130, retry: false, hint: 'Start the transfer again when ready.' },
  RUN_INTERRUPTED: {
    status: 409,
    exit: 70,
    retry: true,
    hint: 'Start the transfer again only when it is said that nothing was changed; otherwise look at the target first.',
  },
  DATA_IN_USE: usage('Use that one, stop it first, or choose another folder with --data DIR.', 409),
  STATE_UNUSABLE: internal('Choose another data directory with --data DIR, or move the file away.'),
  EMBEDDED_UNSUPPORTED: internal(
    'Install ClickHouse and set FLATHOUSE_CLICKHOUSE_BIN to its path, or use Linux (glibc), macOS or WSL2.',
  ),
  EMBEDDED_FAILED: internal('See the log named above; --data DIR chooses another data directory.'),
  INTERNAL: internal('This is a defect in Flathouse; please report it with the text above.'),
} as const satisfies Record<string, Entry>

export type ErrorCode = keyof typeof catalogue
