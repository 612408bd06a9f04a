import { Option, type Command } from 'commander'
import type { Dialect, DialectChoice, Encoding, FileEnd } from '../shared/index.ts'
import { commentPrefix, dateLayout, delimiter, encoding, oneOf, quote } from './file-values.ts'
import { collect, positiveNumber, wholeNumber } from './values.ts'

/** The options that say how a flat file is laid out, and what they come to. */

const formats = {
  CSV: { header: false, quote: '"' },
  CSVWithNames: { header: true, quote: '"' },
  TSV: { header: false, quote: null, delimiter: '\t', escape: 'backslash' },
  TSVWithNames: { header: true, quote: null, delimiter: '\t', escape: 'backslash' },
} as const satisfies Record<string, DialectChoice>
type FormatName = keyof typeof formats

const terminators = { lf: '\n', crlf: '\r\n', cr: '\r' } as const

/** Left out means sniffed (source), or by the extension (target). */
export interface DialectOptions {
  format?: FormatName
  delimiter?: string
  /** Empty: none. */
  quote?: string
  escape?: 'double' | 'backslash' | 'none'
  lineTerminator?: keyof typeof terminators
  header?: boolean
  null?: string[]
  encoding?: Encoding
  edgeDelimiter?: NonNullable<DialectChoice['edgeDelimiter']>
  skipLines?: number
  headerLines?: number
  footerLines?: number
  /** Empty: none. */
  comment?: string
  padding?: boolean
  ragged?: boolean
  quoting?: NonNullable<Dialect['quoting']>
  decimal?: NonNullable<Dialect['decimal']>
  dateLayout?: DialectChoice['dateLayout']
}

/** Before the names of the options of a target beside a source. */
type Prefix = '' | 'to-'

const addLayout = (command: Command, prefix: Prefix, isSource = false): Command =>
  command
    .option(
      `--${prefix}format <NAME>`,
      `ClickHouse’s name of it: ${Object.keys(formats).join(', ')}`,
      oneOf(Object.keys(formats)),
    )
    .option(
      `--${prefix}delimiter <TEXT>`,
      'what separates fields: any text, or tab, comma, semicolon, pipe, space',
      delimiter,
    )
    .option(`--${prefix}quote <CHAR>`, 'the quote character, or none', quote)
    .option(
      `--${prefix}escape <HOW>`,
      'how a quote is written inside a field: double, backslash, none',
      oneOf(['double', 'backslash', 'none']),
    )
    .option(`--${prefix}header`, 'the first line holds the columns’ names')
    .option(`--no-${prefix}header`, prefix === '' ? 'the first line is data' : 'no line of names')
    .option(`--${prefix}null <TOKEN>`, `the text that means NULL${isSource ? ' (repeatable)' : ''}`, collect)

const addRarer = (command: Command, prefix: Prefix): Command =>
  command
    .option(
      `--${prefix}line-terminator <HOW>`,
      'what ends a line: lf, crlf, cr',
      oneOf(Object.keys(terminators)),
    )
    .option(
      `--${prefix}edge-delimiter <WHERE>`,
      'a delimiter also stands at the edge of every line: leading, trailing, both, none',
      oneOf(['leading', 'trailing', 'both', 'none']),
    )

export const addSourceDialect = (command: Command): Command =>
  addRarer(
    addLayout(command.optionsGroup('Source file (left out: found out):'), '', true)
      .option(
        '--encoding <NAME>',
        'such as utf-8, utf-16le, windows-1252; binary takes bytes as they are',
        encoding,
      )
      .option('--skip-lines <N>', 'lines to leave out at the start', wholeNumber)
      .option('--footer-lines <N>', 'lines to leave out at the end', wholeNumber)
      .option('--header-lines <N>', 'how many records make the header', positiveNumber)
      .option(
        '--comment <PREFIX>',
        'lines that begin with it are left out; none: there are no such lines',
        commentPrefix,
      )
      .option('--ragged', 'records may lack fields at their end, which are NULL then (or --no-ragged)')
      .addOption(new Option('--no-ragged').hideHelp())
      .option('--padding', 'blanks around a field are no part of it (or --no-padding)')
      .addOption(new Option('--no-padding').hideHelp()),
    '',
  )

export const addTargetDialect = (command: Command, prefix: Prefix = ''): Command =>
  addRarer(
    addLayout(command.optionsGroup('Target file (left out: by the extension):'), prefix)
      .option(
        `--${prefix}quoting <WHICH>`,
        'the fields in quotes: always, needed, never (left out: texts)',
        oneOf(['always', 'needed', 'never']),
      )
      .option(`--${prefix}decimal <SIGN>`, 'before the decimals of a number: . or ,', oneOf(['.', ',']))
      .option(`--${prefix}date-layout <LAYOUT>`, 'such as DD.MM.YYYY (left out: YYYY-MM-DD)', dateLayout)
      .option(
        `--${prefix}encoding <NAME>`,
        'such as utf-8-bom or utf-16le for Excel, windows-1252 (left out: utf-8)',
        encoding,
      ),
    prefix,
  )

/** The target of options that have `--to-` before their names. */
export const targetBeside = (path: string, options: object): FileEnd =>
  targetEnd(
    path,
    Object.fromEntries(
      Object.entries(options)
        .filter(([name]) => /^to[A-Z]/.test(name))
        .map(([name, value]) => [name.charAt(2).toLowerCase() + name.slice(3), value as unknown]),
    ),
  )

/** A format that is named says more than the file's extension. */
export const targetEnd = (path: string, options: DialectOptions): FileEnd => {
  const isCsv = options.delimiter === undefined && options.format?.startsWith('CSV') === true
  return fileEnd(path, { ...options, ...(isCsv && { delimiter: ',' }) })
}

export const fileEnd = (path: string, options: DialectOptions): FileEnd => ({
  kind: 'file',
  path,
  dialect: dialectChoice(options),
  ...(options.encoding !== undefined && { encoding: options.encoding }),
})

function dialectChoice(options: DialectOptions): DialectChoice {
  const said: DialectChoice = {
    delimiter: options.delimiter,
    quote: options.quote === '' ? null : options.quote,
    escape: options.escape === 'none' ? null : options.escape,
    lineTerminator: options.lineTerminator && terminators[options.lineTerminator],
    header: options.header,
    nullTokens: options.null,
    edgeDelimiter: options.edgeDelimiter,
    skipLines: options.skipLines,
    headerLines: options.headerLines,
    footerLines: options.footerLines,
    commentPrefix: options.comment,
    ragged: options.ragged,
    padding: options.padding,
    quoting: options.quoting,
    decimal: options.decimal,
    dateLayout: options.dateLayout,
  }
  return { ...(options.format && formats[options.format]), ...given(said) }
}

/** Nothing is set that nobody said. */
const given = <T extends object>(said: T): Partial<T> =>
  Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as Partial<T>
