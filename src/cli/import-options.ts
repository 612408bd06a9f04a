import type { Command } from 'commander'
import {
  AppError,
  errorPolicies,
  type ErrorPolicy,
  type ImportTransfer,
  type MisfitAction,
  type RejectLimit,
  type ValueLayout,
} from '../shared/index.ts'
import { layouts, misfits, nullsIn, oneOf, share } from './file-values.ts'
import { wholeNumber } from './values.ts'

/** The options of an import that say how values are read and what becomes of records that cannot be moved. */

export interface ReadingOptions {
  layout?: Map<string, ValueLayout>
  nullIn?: Map<string, string[]>
  misfit?: Map<string, MisfitAction>
}

export const addReadings = (command: Command): Command =>
  command
    .optionsGroup('How values are read (each repeatable, COLUMN as the file calls it):')
    .option('--layout <COLUMN=LAYOUT>', 'how its values look: "day=DD/MM/YYYY", "price=1.234,5"', layouts)
    .option('--null-in <COLUMN=TOKEN>', 'the text that means NULL in this column', nullsIn)
    .option(
      '--misfit <COLUMN=ACTION>',
      'what becomes of a value that does not fit: reject (the record), null, default; a type that is not chosen is that of nine values in ten',
      misfits,
    )

export function readings({
  layout = new Map(),
  nullIn = new Map(),
  misfit = new Map(),
}: ReadingOptions): Pick<ImportTransfer, 'readings'> {
  const columns = [...new Set([...layout.keys(), ...nullIn.keys(), ...misfit.keys()])]
  if (columns.length === 0) return {}
  return {
    readings: columns.map((column) => ({
      column,
      ...(nullIn.has(column) && { nullTokens: nullIn.get(column) }),
      ...(layout.has(column) && { layout: layout.get(column) }),
      misfit: misfit.get(column) ?? 'reject',
    })),
  }
}

export interface RejectOptions {
  onError?: ErrorPolicy
  maxRejects?: number
  maxRejectShare?: number
  /** Where the rejects are copied to. */
  rejects?: string
}

export const addRejects = (command: Command): Command =>
  command
    .optionsGroup('Records that cannot be moved (any but the first implies --on-error skip):')
    .option(
      '--on-error <POLICY>',
      'stop (the default) moves nothing; skip moves the others and keeps these as rejects',
      oneOf(errorPolicies),
    )
    .option('--max-rejects <N>', 'fail and move nothing when there are more', wholeNumber)
    .option('--max-reject-share <P>', 'the same, of all records: 0.01 or 1%', share)
    .option('--rejects <FILE>', 'where to put the rejects, to be corrected and imported again')

/** @throws {AppError} USAGE */
export function errorPolicy(options: RejectOptions): Pick<ImportTransfer, 'onError' | 'rejectLimit'> {
  const { onError, maxRejects, maxRejectShare, rejects } = options
  const isAboutRejects = [maxRejects, maxRejectShare, rejects].some((given) => given !== undefined)
  if (onError === 'stop' && isAboutRejects) {
    throw new AppError('USAGE', 'With --on-error stop there are no rejects to limit or to keep.')
  }
  const limit: RejectLimit = {
    ...(maxRejects !== undefined && { records: maxRejects }),
    ...(maxRejectShare !== undefined && { share: maxRejectShare }),
  }
  return {
    onError: onError ?? (isAboutRejects ? 'skip' : 'stop'),
    ...(Object.keys(limit).length > 0 && { rejectLimit: limit }),
  }
}
