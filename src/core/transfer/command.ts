import type {
  Connection,
  ConvertTransfer,
  ExportTransfer,
  FileEnd,
  ImportTransfer,
  ServerChoice,
  TableEnd,
  Transfer,
} from '../../shared/index.ts'
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

/** Undefined where there are no words for it. */
type Words = string[] | undefined

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
  const { source, target, mode, engine, orderBy, types } = transfer
  return all(
    ['import'],
    pathWord(source.path),
    option('--table', tableWord(target)),
    mode && option('--mode', mode),
    engine && option('--engine', engine),
    orderBy.length > 0 && option('--order-by', nameList(orderBy)),
    types && option('--types', pairList(types.map(({ column, type }) => [column, type]))),
    serverWords(target.server),
    movedWords(transfer),
    dialectWords(source),
  )
}

function exportWords(transfer: ExportTransfer): Words {
  const { source, target, filter, where, sort, limit } = transfer
  if (filter) return undefined
  if (source.kind === 'table' && (source.joins || source.as !== undefined)) return undefined
  if (target.encoding !== 'utf-8' || target.dialect.skipLines !== undefined) return undefined
  return all(
    ['export'],
    source.kind === 'table' ? [tableWord(source)] : option('--query', source.sql),
    option('--to', target.path),
    where !== undefined && option('--where', where),
    sort && sort.length > 0 && sortWords(sort),
    limit !== undefined && option('--limit', String(limit)),
    serverWords(source.server),
    movedWords(transfer),
    dialectWords(target),
  )
}

function convertWords(transfer: ConvertTransfer): Words {
  const { source, target, types } = transfer
  const { delimiter, ...others } = target.dialect
  if (target.encoding !== 'utf-8' || Object.keys(others).length > 0) return undefined
  return all(
    ['convert'],
    pathWord(source.path),
    option('--to', target.path),
    delimiter !== undefined && option('--to-delimiter', delimiter),
    types && ['--types'],
    movedWords(transfer),
    dialectWords(source),
  )
}

/** False and undefined among the parts: nothing to say; a part that is `null` cannot be said. */
function all(...parts: (string[] | null | undefined | false)[]): Words {
  if (parts.includes(null)) return undefined
  return parts.filter((part) => Array.isArray(part)).flat()
}

function movedWords({ columns, map, verify }: Pick<Transfer, 'columns' | 'map' | 'verify'>): string[] | null {
  const words = all(
    columns && option('--columns', nameList(columns)),
    map.length > 0 && option('--map', pairList(map.map(({ source, target }) => [source, target]))),
    verify !== 'count' && option('--verify', verify),
  )
  return words ?? null
}

function dialectWords({ dialect, encoding }: FileEnd): string[] | null {
  const { delimiter, quote, escape, header, skipLines, nullTokens, lineTerminator } = dialect
  if (lineTerminator !== undefined || escape === null || nullTokens?.length === 0) return null
  const words = all(
    delimiter !== undefined && option('--delimiter', delimiter === '\t' ? 'tab' : delimiter),
    quote !== undefined && option('--quote', quote ?? 'none'),
    escape !== undefined && option('--escape', escape),
    header !== undefined && [header ? '--header' : '--no-header'],
    skipLines !== undefined && option('--skip-lines', String(skipLines)),
    nullTokens?.flatMap((token) => option('--null', token) ?? []),
    encoding !== 'utf-8' && option('--encoding', encoding),
  )
  return words ?? null
}

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

/** A value that begins like an option is tied to its own. */
function option(name: string, value: string | null): string[] | null {
  if (value === null) return null
  return value.startsWith('-') ? [`${name}=${value}`] : [name, value]
}

const pathWord = (path: string) => (path.startsWith('-') && path !== '-' ? null : [path])

const tableWord = ({ database, table }: Pick<TableEnd, 'database' | 'table'>): string =>
  database === undefined ? namePart(table) : `${namePart(database)}.${namePart(table)}`

const namePart = (name: string) => (/^[^.`-][^.`]*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``)

/** Names as in a record of a CSV file. */
const nameList = (names: string[]): string | null =>
  names.includes('')
    ? null
    : names
        .map((name) => (/[",\r\n]|^\s|\s$/.test(name) ? `"${name.replaceAll('"', '""')}"` : name))
        .join(',')

const pairList = (pairs: [string, string][]): string | null =>
  pairs.some(([from]) => from === '' || from.includes('='))
    ? null
    : nameList(pairs.map(([from, to]) => `${from}=${to}`))

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
