import { InvalidArgumentError } from 'commander'
import { parseRecords } from '../core/dialect/index.ts'
import {
  AppError,
  bytesIn,
  connectionSchema,
  roles,
  type Connection,
  type Mapping,
  type Role,
  type Sort,
  type TypeChoice,
} from '../shared/index.ts'

/** Turns the texts of arguments into values. What cannot be understood is a usage error that says what can. */

const csv = { delimiter: ',', quote: '"', escape: 'double', lineTerminator: '\n', skipLines: 0 } as const

/** `a,b` or `"a, b",c`: names may be quoted as in a CSV file. */
export function nameList(text: string): string[] {
  const names = parseRecords(text, csv, 1)[0] ?? []
  if (names.length === 0 || names.includes(''))
    throw new InvalidArgumentError('Give names separated by commas.')
  return names
}

/** `source=target,…` */
export const mappings = (text: string): Mapping[] => pairs(nameList(text))

function pairs(texts: string[]): Mapping[] {
  return texts.map((pair) => {
    const at = pair.indexOf('=')
    if (at < 1 || at === pair.length - 1)
      throw new InvalidArgumentError('Give pairs such as old=new,other=thing.')
    return { source: pair.slice(0, at), target: pair.slice(at + 1) }
  })
}

/** `group=admin,…` */
export const roleNames = (text: string): Record<string, Role> =>
  Object.fromEntries(
    mappings(text).map(({ source, target }) => {
      const role = roles.find((one) => one === target)
      if (role === undefined)
        throw new InvalidArgumentError(`${target} is no role: give ${roles.join(', ')}.`)
      return [source, role]
    }),
  )

/** `column=Type,…`; a comma within the parentheses of a type does not end it: `a=Decimal(9,2),b=Date`. */
export const typeChoices = (text: string): TypeChoice[] =>
  pairs(nameList(text).reduce(joinOpen, [])).map(({ source, target }) => ({ column: source, type: target }))

function joinOpen(before: string[], text: string): string[] {
  const last = before.at(-1) ?? ''
  const type = last.slice(last.indexOf('=') + 1)
  const isOpen = type.split('(').length > type.split(')').length
  return isOpen ? [...before.slice(0, -1), `${last},${text}`] : [...before, text]
}

/** `a,-b`: ascending by a, then descending by b. */
export const sortKeys = (text: string): Sort =>
  nameList(text).map((name) =>
    name.startsWith('-') && name.length > 1
      ? { column: name.slice(1), descending: true }
      : { column: name, descending: false },
  )

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number, 0 or more.')
  return Number(text)
}

export function positiveNumber(text: string): number {
  const value = wholeNumber(text)
  if (value === 0) throw new InvalidArgumentError('Give a whole number, 1 or more.')
  return value
}

export function attemptCount(text: string): number {
  const value = positiveNumber(text)
  if (value > 10) throw new InvalidArgumentError('Give a whole number from 1 to 10.')
  return value
}

/** In bytes. */
export function byteSize(text: string): number {
  const bytes = bytesIn(text)
  if (bytes === undefined) throw new InvalidArgumentError('Give a size such as 500MB or 1GiB.')
  return bytes
}

export function portNumber(text: string): number {
  const port = wholeNumber(text)
  if (port > 65_535) throw new InvalidArgumentError('Give a port: a number up to 65535.')
  return port
}

/** Repeatable: each use adds one. */
export const collect = (text: string, before: string[] | undefined): string[] => [...(before ?? []), text]

/** `name=value`, repeatable. */
export function setting(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('Give a setting as name=value.')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}

export interface TableArgument {
  database?: string
  table: string
}

const namePart = /^(?:`((?:[^`]|``)+)`|([^.`]+))/

/** `table`, `database.table`; a name that holds a dot is written in backticks. */
export function tableArgument(text: string): TableArgument {
  const parts: string[] = []
  let rest = text
  do {
    const match = namePart.exec(rest)
    if (!match) throw new InvalidArgumentError('Give a table as [DATABASE.]TABLE.')
    parts.push(match[1]?.replaceAll('``', '`') ?? match[2] ?? '')
    rest = rest.slice(match[0].length)
    if (rest !== '' && !rest.startsWith('.'))
      throw new InvalidArgumentError('Give a table as [DATABASE.]TABLE.')
    rest = rest.slice(1)
  } while (rest !== '')
  const [first = '', second] = parts
  if (parts.length > 2) throw new InvalidArgumentError('Put a name that holds a dot into backticks.')
  return second === undefined ? { table: first } : { database: first, table: second }
}

/** `http(s)://user@host:port/database` */
export function connectionUrl(text: string): Connection {
  const url = parseUrl(text)
  if (url.password !== '') {
    throw new AppError(
      'USAGE',
      'A password in --url would be seen by others: put it into FLATHOUSE_PASSWORD.',
    )
  }
  const isTls = url.protocol === 'https:'
  const database = decodeURIComponent(url.pathname.replace(/^\//, ''))
  const parsed = connectionSchema.safeParse({
    protocol: isTls ? 'https' : 'http',
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? defaultPort(url, text, isTls) : Number(url.port),
    database: database === '' ? 'default' : database,
    user: url.username === '' ? 'default' : decodeURIComponent(url.username),
  })
  if (!parsed.success || url.search !== '' || url.hash !== '' || database.includes('/')) throw notConnection()
  return parsed.data
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw notConnection()
  return url
}

/** A URL drops the port of its scheme (80, 443) when that is written out. */
function defaultPort({ host }: URL, text: string, isTls: boolean): number {
  const schemePort = isTls ? 443 : 80
  if (text.toLowerCase().includes(`${host}:${schemePort}`)) return schemePort
  return isTls ? 8443 : 8123
}

const notConnection = () => new AppError('USAGE', '--url must look like http(s)://user@host:port/database.')
