import type { ErrorBody, ErrorCode, RunStatus } from '../shared/index.ts'
import { problemOf } from './api/http.ts'
import type { Tone } from './components/Badge.tsx'
import type { IconName } from './components/Icon.tsx'
import { formatCount, formatTime } from './format.ts'

/** Next steps on the page, where the catalogue's own speak of the command line. */
const hints: Partial<Record<ErrorCode, string>> = {
  USAGE: 'Check what was chosen above and try again.',
  FILE_NOT_FOUND: 'Choose the file again; it may have been moved or deleted.',
  FILE_OUTSIDE_WORKSPACE: 'Upload the file, or move it into the workspace.',
  FILE_NOT_REGULAR: 'Choose a regular file.',
  FILE_NO_RECORDS: 'Nothing was changed; if the first line is data, switch the header off.',
  FILE_ENCODING: 'Choose the encoding that the file has, or take its bytes as they are.',
  HEADER_DUPLICATE: 'Rename the columns in the file, or switch the header off and skip one line.',
  RECORD_MALFORMED: 'Fix the record, check the delimiter and the quotes, or leave such records out.',
  VALUE_REJECTED: 'Fix the value, choose a wider type for the column, or name the text that means NULL.',
  REJECT_LIMIT: 'Correct the file, or allow more rejects. The rejected records are kept with the run.',
  VALUE_UNWRITABLE: 'Choose another delimiter, quotes, NULL text or encoding for the file.',
  COLUMN_MISSING: 'Map a source column to it, or give the column a default in the table.',
  TYPE_UNSUPPORTED: 'Leave the column out, or convert it with a query.',
  TABLE_EXISTS: 'Choose another table, or the mode append or replace.',
  TABLE_UNSUITABLE: 'Choose another table or another mode.',
  ORIGIN_REFUSED: 'Open Flathouse by the address it printed when it started.',
  REQUEST_INVALID: 'Check the values above and try again.',
  TLS_CERTIFICATE: 'Under TLS, give the CA certificate of the authority that signed it.',
  TLS_CLIENT: 'Sign in by a client certificate that the server accepts, with its key.',
  HOST_NOT_ALLOWED: 'Ask who runs this Flathouse to allow the host.',
  UPLOAD_TOO_LARGE:
    'Ask who runs this Flathouse to allow larger uploads, or to copy the file into the workspace.',
  LOGIN_REQUIRED: 'Log in again.',
  LOGIN_FAILED: 'Try again; an administrator can set a new password.',
  AUTH_FAILED: 'Check the user and the password or token.',
  TOKEN_EXPIRED: 'The connection needs a new token; an administrator can give it.',
  SECRETS_UNREADABLE: 'Give the password or token of the connection again, or restore the key file.',
  EMBEDDED_FAILED: 'See the log named above; restarting Flathouse may help.',
}

export const hintOf = (error: ErrorBody): string => hints[error.code] ?? error.hint

/** Whatever was thrown, or the error of a report. */
export function bodyOf(error: ErrorBody | Error): ErrorBody {
  if (!(error instanceof Error)) return { ...error, message: forPage(error.message) }
  const { code, detail, hint, place, technical } = problemOf(error)
  return { code, message: forPage(detail), hint, place, detail: technical }
}

/** By the reader's clock, and without the options of the command line that may stand after an advice: "rename it (--map)". */
export const forPage = (message: string): string =>
  message.replaceAll(/ \(--[^()]*\)/g, '').replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, formatTime)

/** "flights.csv, line 1,500,002, column delay" where the place is known and the sentence does not name it already. */
export function placeOf({ message, place }: ErrorBody): string {
  if (!place) return ''
  const { file, line, column, value, expected } = place
  const isSaid = (part: string | undefined) => part === undefined || message.includes(part)
  const parts = [
    file,
    line === undefined ? undefined : `line ${formatCount(line)}`,
    column === undefined ? undefined : `column ${column}`,
  ].filter((part) => part !== undefined)
  const at = [file, line?.toString(), column].every(isSaid) ? '' : parts.join(', ')
  if (value === undefined || (at === '' && isSaid(value))) return at
  return `${at}${at && ': '}"${value}"${expected === undefined ? '' : ` is not ${expected}`}`
}

interface StatusWords {
  label: string
  tone: Tone
  icon: IconName | 'busy'
}

export const statusWords: Record<RunStatus, StatusWords> = {
  queued: { label: 'Queued', tone: 'neutral', icon: 'clock' },
  connecting: { label: 'Connecting', tone: 'info', icon: 'busy' },
  fetching: { label: 'Fetching', tone: 'info', icon: 'busy' },
  ingesting: { label: 'Ingesting', tone: 'info', icon: 'busy' },
  committing: { label: 'Committing', tone: 'info', icon: 'busy' },
  completed: { label: 'Completed', tone: 'ok', icon: 'check' },
  failed: { label: 'Error', tone: 'error', icon: 'error' },
  cancelled: { label: 'Cancelled', tone: 'neutral', icon: 'stop' },
  interrupted: { label: 'Interrupted', tone: 'warning', icon: 'warning' },
}

const ended: readonly RunStatus[] = ['completed', 'failed', 'cancelled', 'interrupted']
export const isEnded = (status: RunStatus): boolean => ended.includes(status)
