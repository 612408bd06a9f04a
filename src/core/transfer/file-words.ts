import {
  partsOfReading,
  partsOfWriting,
  type Dialect,
  type DialectChoice,
  type FileEnd,
  type Reading,
} from '../../shared/index.ts'
import { all, option } from './words.ts'

/** How a file end and the readings of its columns are said on the command line. */

type Part = keyof DialectChoice

/** What the options of every file speak of. */
const parts: Part[] = [
  'delimiter',
  'quote',
  'escape',
  'header',
  'nullTokens',
  'lineTerminator',
  'edgeDelimiter',
]

export const sourceParts: ReadonlySet<Part> = new Set<Part>([...parts, ...partsOfReading, 'commentPrefix'])

export const targetParts: ReadonlySet<Part> = new Set<Part>([...parts, ...partsOfWriting])

/** Null when something is said of the file that there are no words for. */
export function fileWords(
  { dialect, encoding }: Pick<FileEnd, 'dialect' | 'encoding'>,
  sayable: ReadonlySet<Part>,
  dashes: '--' | '--to-' = '--',
): string[] | null {
  const said = (Object.keys(dialect) as Part[]).filter((part) => dialect[part] !== undefined)
  if (said.some((part) => !sayable.has(part))) return null
  const words = all(
    ...said.map((part) => partWords(part, dialect, dashes)),
    encoding !== undefined && [`${dashes}encoding`, encoding],
  )
  return words ?? null
}

const terminators = { '\n': 'lf', '\r\n': 'crlf', '\r': 'cr' } as const
const noDashes = { '--': '--no-', '--to-': '--no-to-' } as const

function partWords(part: Part, dialect: DialectChoice, dashes: '--' | '--to-'): string[] | null {
  const flag = (name: string, isOn?: boolean) => [`${isOn ? dashes : noDashes[dashes]}${name}`]
  const value = (name: string, text: string | number = '') => option(`${dashes}${name}`, String(text))
  switch (part) {
    case 'delimiter':
      return value('delimiter', delimiterWord(dialect.delimiter ?? ''))
    case 'quote':
      return value('quote', dialect.quote ?? 'none')
    case 'escape':
      return value('escape', dialect.escape ?? 'none')
    case 'lineTerminator':
      return value('line-terminator', terminators[dialect.lineTerminator ?? '\n'])
    case 'nullTokens':
      return nullWords(dialect.nullTokens ?? [], `${dashes}null`)
    case 'commentPrefix':
      // `none` is the word for having none.
      if (dialect.commentPrefix === 'none') return null
      return value('comment', dialect.commentPrefix === '' ? 'none' : dialect.commentPrefix)
    case 'header':
    case 'padding':
    case 'ragged':
      return flag(part, dialect[part])
    case 'skipLines':
    case 'headerLines':
    case 'footerLines':
    case 'edgeDelimiter':
    case 'quoting':
    case 'decimal':
    case 'dateLayout':
      return value(dashed(part), dialect[part])
  }
}

/** `skipLines` → `skip-lines` */
const dashed = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** One whose letters would be read as a name, or as a code, begins with the code of its first. */
function delimiterWord(delimiter: Dialect['delimiter']): string {
  if (delimiter === '\t') return 'tab'
  if (delimiter === ' ') return 'space'
  const isRead = /^(tab|comma|semicolon|pipe|space)$/i.test(delimiter)
  return isRead ? coded(delimiter.charAt(0)) + delimiter.slice(1) : delimiter.replaceAll(unseen, coded)
}

// eslint-disable-next-line no-control-regex -- a delimiter may be one
const unseen = /[\u0000-\u001f\\]/g
const coded = (letter: string) => `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`

/** None at all cannot be said. */
const nullWords = (tokens: string[], name: string): string[] | null =>
  tokens.length === 0 ? null : tokens.flatMap((token) => option(name, token) ?? [])

export function readingWords(readings: readonly Reading[]): string[] | null {
  const columns = readings.map(({ column }) => column)
  const isSayable = columns.every((column) => column !== '' && !column.includes('='))
  if (!isSayable || new Set(columns).size < columns.length) return null
  const words = all(
    ...readings.flatMap(({ column, layout, nullTokens, misfit }) => [
      layout !== undefined && option('--layout', `${column}=${layout}`),
      nullTokens &&
        nullWords(
          nullTokens.map((token) => `${column}=${token}`),
          '--null-in',
        ),
      (misfit !== 'reject' || (layout ?? nullTokens) === undefined) &&
        option('--misfit', `${column}=${misfit}`),
    ]),
  )
  return words ?? null
}
