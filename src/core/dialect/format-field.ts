import type { Dialect } from '../../shared/index.ts'

/** Thrown for a text that would not come back as it is. The message is a sentence's end that follows "because". */
export class Unwritable extends Error {}

/**
 * `number` stands without quotes where texts have them. `nested` has escapes of its own, to which no others are added
 * where nothing is quoted.
 */
type FieldKind = 'text' | 'number' | 'nested'

/** Writes the text of a field, its quotes and escapes included. */
export type FieldWriter = (text: string, kind: FieldKind) => string

interface Standing {
  /** The delimiter's first letter: the one that a backslash stands before. */
  firstOfDelimiter: string
  /** The field is all of its record, so that an empty one would be a blank line. */
  isAlone: boolean
  /** The record begins with the field, and must not begin with this. */
  commentPrefix?: string
}

export function fieldWriter(dialect: Dialect, standing: Standing): FieldWriter {
  const { quote, quoting } = dialect
  const escape = escaper(dialect, standing.firstOfDelimiter)
  const whyNotBare = bareCheck(dialect, standing)
  if (quote === null || quoting === 'never') {
    return (text, kind) => {
      const isEscaped = dialect.escape === 'backslash' && kind !== 'nested'
      const written = isEscaped ? escape(text) : text
      const reason = whyNotBare(written, isEscaped)
      if (reason === undefined) return written
      throw new Unwritable(reason)
    }
  }
  const quoted = quoter(dialect, quote)
  if (quoting === 'always') return quoted
  return (text, kind) => {
    if (quoting === 'needed' ? deservesQuotes(text, quote) : kind !== 'number') return quoted(text)
    const written = escape(text)
    return whyNotBare(written, dialect.escape === 'backslash') === undefined ? written : quoted(text)
  }
}

/** What another reader may take for something else: some trim, and some take an empty field for NULL. */
const deservesQuotes = (text: string, quote: string): boolean =>
  text === '' ||
  text.includes(quote) ||
  isBlank(text.charCodeAt(0)) ||
  isBlank(text.charCodeAt(text.length - 1))

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09

const lineEnd = /[\r\n]/u

/** Why a text would not be read as it is where nothing is quoted; undefined when it would. */
function bareCheck({ delimiter, quote, nullTokens }: Dialect, { isAlone, commentPrefix }: Standing) {
  return (written: string, isEscaped: boolean): string | undefined => {
    const because = (what: string) => `${what}, and nothing is quoted there`
    if (nullTokens.includes(written)) return because('it is the text that stands for NULL')
    if (written === '') return isAlone ? blankLine : undefined
    if (lineEnd.test(written)) return because('it holds a line end')
    if (commentPrefix !== undefined && written.startsWith(commentPrefix))
      return because('it begins as a comment does')
    if (isEscaped) return undefined
    // Its last letters and the first ones of the delimiter that follows can be a delimiter as well.
    if ((written + delimiter).indexOf(delimiter) < written.length) return because('it holds the delimiter')
    return quote !== null && written.includes(quote) ? because('it holds a quote') : undefined
  }
}

const blankLine =
  'it is empty, which without quotes would be a blank line and no record: have it quoted, as in .csv'

const controls: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
}

/** Backslashes before what means something else; where there are quotes, control characters stand in them as they are. */
function escaper({ quote, escape }: Dialect, firstOfDelimiter: string): (text: string) => string {
  if (escape !== 'backslash') return (text) => text
  const signs = [firstOfDelimiter, '\\', ...(quote === null ? [] : [quote])]
  const escapes: Record<string, string> = {
    ...Object.fromEntries(signs.map((sign) => [sign, `\\${sign}`])),
    ...(quote === null && controls),
  }
  const special = anyOf(Object.keys(escapes))
  return (text) => text.replace(special, (sign) => escapes[sign] ?? sign)
}

function anyOf(signs: string[]): RegExp {
  const [letters, longer] = [
    signs.filter(({ length }) => length === 1),
    signs.filter(({ length }) => length > 1),
  ]
  const safe = (sign: string) => sign.replace(/[\\^$.*+?()[\]{}|-]/g, '\\$&')
  return new RegExp([`[${letters.map(safe).join('')}]`, ...longer.map(safe)].join('|'), 'g')
}

function quoter({ escape, delimiter }: Dialect, quote: string): (text: string) => string {
  if (escape === 'double') {
    const twice = quote + quote
    return (text) => quote + (text.includes(quote) ? text.replaceAll(quote, () => twice) : text) + quote
  }
  if (escape === 'backslash') {
    const special = anyOf(['\\', quote])
    return (text) => quote + text.replace(special, '\\$&') + quote
  }
  return (text) => {
    if (text.includes(quote) && endsEarly(text, quote, delimiter)) {
      throw new Unwritable('it holds a quote, which would end it there')
    }
    return quote + text + quote
  }
}

/** Without an escape, a quote ends the field when another one, a delimiter or a line end follows it. */
function endsEarly(text: string, quote: string, delimiter: string): boolean {
  const rest = text + quote
  for (let at = text.indexOf(quote); at >= 0; at = text.indexOf(quote, at + 1)) {
    let next = at + quote.length
    while (rest[next] === ' ' && !rest.startsWith(delimiter, next)) next++
    if ([quote, delimiter, '\n', '\r'].some((end) => rest.startsWith(end, next))) return true
  }
  return false
}
