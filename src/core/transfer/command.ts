import type {
  Connection,
  ConvertTransfer,
  ExportTransfer,
  FileEnd,
  ImportTransfer,
  Partition,
  Reading,
  ServerChoice,
  Split,
  TableEnd,
  Transfer,
} from '../../shared/index.ts'
import { fileWords, readingWords, sourceParts, targetParts } from './file-words.ts'
import { all, nameList, option, pairList, type Words } from './words.ts'
import { toYaml } from './yaml.ts'

/**
 * The transfer as a line for a shell. What the command line has no option for (a join, a filter) is handed to it as the
 * whole document.
 */
export function toCommand(transfer: Transfer): string {
  const words = wordsOf(transfer)
  if (words) return ['flathouse', ...words].map(shellWord).join(' ')
  return `flathouse run - <<'END'\n${toYaml(transfer)}END`
}

/** The options with which a file is read as another was; undefined where there are no words for all of it. */
export function readAgainOptions(
  end: Pick<FileEnd, 'dialect' | 'encoding'>,
  readings: readonly Reading[],
): string | undefined {
  const words = all(fileWords(end, sourceParts), readingWords(readings))
  return words?.map(shellWord).join(' ')
}

function wordsOf(transfer: Transfer): Words {
  switch (transfer.direction) {
    case 'import':
      return importWords(transfer)
    case 'export':
      return exportWords(transfer)
    case 'convert':
      return convertWords(transfer)
  }
}

function importWords(transfer: ImportTransfer): Words {
  const { source, target, mode, engine, orderBy, partitionBy, types = [], readings } = transfer
  return all(
    ['import'],
    pathWord(source.path),
    option('--table', tableWord(target)),
    mode && option('--mode', mode),
    engine && option('--engine', engine),
    orderBy.length > 0 && option('--order-by', nameList(orderBy)),
    partitionBy && option('--partition-by', partitionWord(partitionBy)),
    types.length > 0 && option('--types', pairList(types.map(({ column, type }) => [column, type]))),
    readings && readingWords(readings),
    policyWords(transfer),
    serverWords(target.server),
    movedWords(transfer),
    fileWords(source, sourceParts),
  )
}

function exportWords(transfer: ExportTransfer): Words {
  const { source, target, filter, where, sort, limit, split } = transfer
  if (filter) return undefined
  if (source.kind === 'table' && (source.joins || source.as !== undefined)) return undefined
  return all(
    ['export'],
    source.kind === 'table' ? [tableWord(source)] : option('--query', source.sql),
    option('--to', target.path),
    where !== undefined && option('--where', where),
    sort && sort.length > 0 && sortWords(sort),
    limit !== undefined && option('--limit', String(limit)),
    split && splitWords(split),
    serverWords(source.server),
    movedWords(transfer),
    fileWords(target, targetParts),
  )
}

/** The command line takes no more than nine digits for a number of rows. */
function splitWords({ rows, bytes }: Split): string[] | null {
  const words = all(
    rows !== undefined && option('--split-rows', rows < 1e9 ? String(rows) : null),
    bytes !== undefined && option('--split-size', String(bytes)),
  )
  return words ?? null
}

function convertWords(transfer: ConvertTransfer): Words {
  const { source, target, types } = transfer
  return all(
    ['convert'],
    pathWord(source.path),
    option('--to', target.path),
    types && ['--types'],
    movedWords(transfer),
    fileWords(source, sourceParts),
    fileWords(target, targetParts, '--to-'),
  )
}

type Moved = Pick<Transfer, 'columns' | 'map' | 'verify' | 'retry'>

function movedWords({ columns, map, verify, retry }: Moved): string[] | null {
  // A command that was killed is not started again by anybody.
  if (retry?.afterRestart) return null
  const words = all(
    columns && option('--columns', nameList(columns)),
    map.length > 0 && option('--map', pairList(map.map(({ source, target }) => [source, target]))),
    verify !== 'count' && option('--verify', verify),
    retry && option('--attempts', String(retry.attempts)),
  )
  return words ?? null
}

function policyWords({ onError, rejectLimit }: ImportTransfer): string[] | null {
  if (onError === 'stop') return rejectLimit ? null : []
  const { records, share } = rejectLimit ?? {}
  return [
    ...['--on-error', 'skip'],
    ...(records === undefined ? [] : ['--max-rejects', String(records)]),
    ...(share === undefined ? [] : ['--max-reject-share', String(share)]),
  ]
}

/** A column that ends as if it said how is told that it does not. */
const partitionWord = ({ column, by }: Partition): string =>
  by === 'value' && !/:(value|day|month|year)$/.test(column) ? column : `${column}:${by}`

function serverWords(server: ServerChoice): string[] | null {
  if (server === 'embedded') return []
  return typeof server === 'string' ? option('--connection', server) : urlWords(server)
}

function urlWords(connection: Connection): string[] | null {
  const { protocol, host, port, database, user, connectTimeout, requestTimeout, settings = {} } = connection
  if (database.includes('/')) return null
  const name = host.includes(':') ? `[${host}]` : host
  const path = encodeURIComponent(database)
  const { issuer = null, clientId = null, scope = null, audience = null } = connection.tokenSource ?? {}
  return [
    ['--url', `${protocol}://${encodeURIComponent(user)}@${name}:${port}/${path}`],
    option('--connect-timeout', connectTimeout?.toString() ?? null),
    option('--request-timeout', requestTimeout?.toString() ?? null),
    ...Object.entries(settings).map(([setting, value]) => ['--setting', `${setting}=${value}`]),
    option('--issuer', issuer),
    option('--client-id', clientId),
    option('--scope', scope),
    option('--audience', audience),
  ].flatMap((words) => words ?? [])
}

const pathWord = (path: string) => (path.startsWith('-') && path !== '-' ? null : [path])

const tableWord = ({ database, table }: Pick<TableEnd, 'database' | 'table'>): string =>
  database === undefined ? namePart(table) : `${namePart(database)}.${namePart(table)}`

const namePart = (name: string) => (/^[^.`-][^.`]*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``)

function sortWords(sort: { column: string; descending: boolean }[]): string[] | null {
  if (sort.some(({ column }) => column.startsWith('-'))) return null
  return option(
    '--sort',
    nameList(sort.map(({ column, descending }) => (descending ? `-${column}` : column))),
  )
}

/** Safe in every POSIX shell. */
const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
