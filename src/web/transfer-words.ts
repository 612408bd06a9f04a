import type { TransferInput } from '../shared/index.ts'

type End = TransferInput['source'] | TransferInput['target']

/** A transfer's end in a word or two: `flights.csv`, `main.flights on prod`. */
export function endOf(end: End): string {
  if (end.kind === 'file') return end.path
  const server = typeof end.server === 'string' ? end.server : end.server.host
  const on = server === 'embedded' ? '' : ` on ${server}`
  if (end.kind === 'query') return `a query${on}`
  const joined =
    'joins' in end && end.joins?.length ? ` and ${end.joins.map((join) => join.table).join(', ')}` : ''
  const name = end.database === undefined ? end.table : `${end.database}.${end.table}`
  return `${name}${joined}${on}`
}

/** Whether it writes several files, of which none has the name that was given. */
export const isSplit = (transfer: TransferInput): boolean =>
  transfer.direction === 'export' && transfer.split !== undefined

/** Whether its connections have a name: one that was given as it is cannot be shown in the form, nor be left out of it. */
export const isNamed = ({ source, target }: TransferInput): boolean =>
  [source, target].every((end) => end.kind === 'file' || typeof end.server === 'string')

export const unnamedText =
  'This transfer cannot be opened in the form: its connection is not saved. Save the connection and choose it there, or run the command again.'

/** The saved connection of a transfer: there is at most one besides the embedded database, whose name it is otherwise. */
export function savedNameOf({ source, target }: TransferInput): string {
  const servers = [source, target].map((end) => (end.kind === 'file' ? 'embedded' : end.server))
  const names = servers.filter((server) => typeof server === 'string')
  return names.find((name) => name !== 'embedded') ?? 'embedded'
}

/** "flights.csv → main.flights" */
export const sentenceOf = (transfer: TransferInput): string =>
  `${endOf(transfer.source)} → ${endOf(transfer.target)}`
