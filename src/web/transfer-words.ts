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

/** The saved connection of a transfer: there is at most one besides the embedded database, whose name it is otherwise. */
export function savedNameOf({ source, target }: TransferInput): string {
  const servers = [source, target].map((end) => (end.kind === 'file' ? 'embedded' : end.server))
  const names = servers.filter((server) => typeof server === 'string')
  return names.find((name) => name !== 'embedded') ?? 'embedded'
}

/** "flights.csv → main.flights" */
export const sentenceOf = (transfer: TransferInput): string =>
  `${endOf(transfer.source)} → ${endOf(transfer.target)}`
