import type { Dialect, DialectChoice, Encoding, ReadingWay, SniffedFile } from '../../../shared/index.ts'
import type { ListOption } from '../../components/index.ts'
import { formatNoun } from '../../format.ts'

const delimiterNames: Partial<Record<string, string>> = {
  ',': 'comma ,',
  ';': 'semicolon ;',
  '\t': 'tab ⇥',
  '|': 'pipe |',
  ' ': 'space',
}

/** Those that are offered by name. */
export const usualDelimiters = [',', ';', '\t', '|', ' '] as const

/** Texts that often mean NULL; the first is an empty field. */
export const usualNulls = ['', '\\N', 'NULL', 'NA', 'n/a'] as const

/** Text in which blanks and tabs would not be seen. */
const seen = (text: string) => text.replaceAll('\t', '⇥').replaceAll(' ', '␣')

export const delimiterText = (delimiter: string): string => delimiterNames[delimiter] ?? seen(delimiter)

export const quoteText = (quote: Dialect['quote']): string => quote ?? 'none'

export const escapeText = (escape: Dialect['escape']): string =>
  escape === null ? 'none' : escape === 'double' ? 'doubled quotes ""' : 'backslash \\'

export const lineEnds: Record<Dialect['lineTerminator'], string> = {
  '\n': 'LF (Unix)',
  '\r\n': 'CRLF (Windows)',
  '\r': 'CR (old Mac)',
}

export const edgeWords: Record<NonNullable<DialectChoice['edgeDelimiter']>, string> = {
  none: 'none',
  leading: 'delimiter at the start of each line',
  trailing: 'delimiter at the end of each line',
  both: 'delimiter at both ends of each line',
}

export const headerText = (header: boolean): string => (header ? 'first line has names' : 'no header')

export const headerLinesText = ({
  header,
  headerLines = 1,
}: Pick<Dialect, 'header' | 'headerLines'>): string =>
  header && headerLines > 1 ? `names in ${headerLines} lines` : headerText(header)

/** What each is called, and whose it is. */
const encodings: Record<Encoding, readonly [name: string, note: string]> = {
  'utf-8': ['UTF-8', 'the usual one'],
  'utf-8-bom': ['UTF-8 with BOM', 'as Excel writes it'],
  'utf-16le': ['UTF-16 LE', '“Unicode” in Windows'],
  'utf-16be': ['UTF-16 BE', ''],
  'windows-1252': ['Windows-1252', 'Western European, ANSI'],
  'windows-1250': ['Windows-1250', 'Central European'],
  'windows-1251': ['Windows-1251', 'Cyrillic'],
  'windows-1253': ['Windows-1253', 'Greek'],
  'windows-1254': ['Windows-1254', 'Turkish'],
  'windows-1257': ['Windows-1257', 'Baltic'],
  'iso-8859-2': ['ISO-8859-2', 'Central European'],
  'iso-8859-5': ['ISO-8859-5', 'Cyrillic'],
  'iso-8859-7': ['ISO-8859-7', 'Greek'],
  'iso-8859-15': ['ISO-8859-15', 'Western European with €'],
  'koi8-r': ['KOI8-R', 'Cyrillic'],
  ibm866: ['IBM866', 'Cyrillic, DOS'],
  macintosh: ['Mac Roman', 'Western European, old Mac'],
  shift_jis: ['Shift_JIS', 'Japanese'],
  'euc-jp': ['EUC-JP', 'Japanese'],
  gb18030: ['GB18030', 'Chinese, GBK and GB2312 too'],
  big5: ['Big5', 'Chinese, traditional'],
  'euc-kr': ['EUC-KR', 'Korean'],
  binary: ['bytes as they are', 'not checked'],
}

export const isEncoding = (text: string): text is Encoding => Object.hasOwn(encodings, text)

export const encodingText = (encoding: string): string =>
  isEncoding(encoding) ? encodings[encoding][0] : encoding

/** For a list that is searched by name, language or use. */
export const encodingOptions: readonly ListOption[] = Object.entries(encodings).map(
  ([value, [name, note]]) => ({ value, label: note === '' ? name : `${name} – ${note}` }),
)

/** "UTF-8 · delimiter comma , · header" */
export function layoutLine({ encoding, compression, dialect }: SniffedFile): string {
  const { delimiter, quote, header, skipLines, footerLines = 0, commentPrefix } = dialect
  const lines = (count: number, what: string) => (count > 0 ? [`${formatNoun(count, 'line')} ${what}`] : [])
  return [
    encodingText(encoding),
    ...(compression === 'none' ? [] : [compression]),
    `delimiter ${delimiterText(delimiter)}`,
    ...(quote === '"' || quote === null ? [] : [`quote ${quote}`]),
    ...(dialect.escape === 'backslash' && quote !== null ? ['escape \\'] : []),
    header
      ? (dialect.headerLines ?? 1) > 1
        ? `header of ${dialect.headerLines} lines`
        : 'header'
      : 'no header',
    ...lines(skipLines, 'skipped'),
    ...lines(footerLines, 'left out at the end'),
    ...(commentPrefix === undefined ? [] : [`comments ${seen(commentPrefix)}`]),
    ...(dialect.padding ? ['padded with blanks'] : []),
    ...(dialect.edgeDelimiter ? [edgeWords[dialect.edgeDelimiter]] : []),
    ...(dialect.ragged ? ['short records filled with NULL'] : []),
  ].join(' · ')
}

/** Which way the file goes into the database, in a sentence. */
export const wayText = ({ by, reason }: ReadingWay): string =>
  by === 'clickhouse'
    ? 'Read by ClickHouse itself.'
    : `Turned into plain CSV while it is read${reason === null ? '' : `, because ${inSentence(reason)}`}.`

/** A name keeps its capital. */
const inSentence = (text: string) =>
  text.startsWith('ClickHouse') ? text : `${text.charAt(0).toLowerCase()}${text.slice(1)}`
