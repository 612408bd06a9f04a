import type { Settings } from '../core/sql/index.ts'
import { AppError, type Connection } from '../shared/index.ts'

/** Sent with every statement: in a SELECT, the server shows them as unset (seen on 26.7). Who has no others may send them. */
export const allRows: Settings = { limit: 0, offset: 0 }

/** SELECT of the settings by which rows beyond a limit are left out without an error, and which the user may change or not. */
export const curtailing = (isFixed: boolean): string =>
  `SELECT groupArray(name) FROM system.settings
  WHERE name LIKE '%overflow_mode%' AND value != 'throw' AND readonly = ${isFixed ? 1 : 0}`

const leavesOut = /^(limit|offset|.*_overflow_mode(_leaf)?)$/

/** @throws {AppError} USAGE when a person gives settings that leave out rows without an error */
export function requireAllRows({ settings = {} }: Connection, label: string): void {
  const name = Object.keys(settings).find((one) => leavesOut.test(one))
  if (name === undefined) return
  const sentence = `The setting ${name} cannot be given for ${label}: rows could be left out without a word.`
  throw new AppError('USAGE', sentence, { place: { host: label } })
}
