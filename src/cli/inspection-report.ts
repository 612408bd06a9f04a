import { describeDelimiter } from '../core/dialect/index.ts'
import type { Dialect, Inspection, ReadingWay, Suggestion } from '../shared/index.ts'
import { oneLine, textTable } from './text-table.ts'
import { number } from './words.ts'

export function describeInspection(path: string, found: Inspection, stream: NodeJS.WriteStream): string {
  const { columns, records, confidence, encoding, dialect, reasons, warnings, reading, suggestion } = found
  const notes = columns.flatMap(({ name, notes: all }) => all.map((note) => `${name}: ${note}`))
  return [
    [`${path}: ${number(records)} records, ${number(columns.length)} columns.`],
    [
      `Layout, with a confidence of ${Math.floor(confidence * 100)} %:`,
      ...listLines([encoding, ...layoutWords(dialect)]),
      describeReading(reading),
    ],
    section('Why:', reasons),
    section('Warnings:', warnings),
    [columnTable(columns, stream).trimEnd()],
    section('Notes:', notes),
    suggestion ? suggestionLines(suggestion) : [],
  ]
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n')
}

const section = (title: string, sentences: string[]) =>
  sentences.length === 0 ? [] : [title, ...sentences.map((sentence) => `  - ${oneLine(sentence)}`)]

const widest = 96

/** Parts with commas between, in as many lines as they need. */
function listLines(parts: string[]): string[] {
  const rows: string[] = []
  for (const [index, part] of parts.entries()) {
    const text = index === parts.length - 1 ? part : `${part},`
    const last = rows.at(-1)
    if (last === undefined || last.length + text.length + 1 > widest) rows.push(`  ${text}`)
    else rows[rows.length - 1] = `${last} ${text}`
  }
  return rows
}

export const describeReading = ({ by, reason }: ReadingWay): string =>
  by === 'clickhouse'
    ? 'ClickHouse reads the file itself.'
    : `${reason ?? 'ClickHouse does not read it'}: the file is normalised on the way.`

const terminators = { '\n': 'LF', '\r\n': 'CRLF', '\r': 'CR' } as const
const escapes = {
  double: 'doubled inside',
  backslash: 'escaped by a backslash',
  none: 'never escaped',
} as const
const edges = { leading: 'start', trailing: 'end', both: 'start and end' } as const

/** Every part of a dialect, the usual ones first. */
function layoutWords(dialect: Dialect): string[] {
  const { quote, escape, skipLines, headerLines = 1, footerLines = 0, commentPrefix, edgeDelimiter } = dialect
  return [
    `${describeDelimiter(dialect.delimiter)} between fields`,
    quote === null ? 'no quotes' : `quotes ${quote} (${escapes[escape ?? 'none']})`,
    ...(quote === null && escape === 'backslash' ? ['backslash escapes'] : []),
    terminators[dialect.lineTerminator],
    ...(dialect.header
      ? [headerLines > 1 ? `a header of ${headerLines} records` : 'a header']
      : ['no header']),
    ...(skipLines > 0 ? [`${lines(skipLines)} skipped at the start`] : []),
    ...(footerLines > 0 ? [`${lines(footerLines)} skipped at the end`] : []),
    ...(commentPrefix === undefined ? [] : [`comments begin with ${commentPrefix}`]),
    ...(edgeDelimiter === undefined ? [] : [`a delimiter at the ${edges[edgeDelimiter]} of every line`]),
    ...(dialect.padding ? ['blanks around fields'] : []),
    ...(dialect.ragged ? ['short records are filled with NULL'] : []),
    nullWords(dialect.nullTokens),
  ].map(oneLine)
}

const lines = (count: number) => `${number(count)} ${count === 1 ? 'line' : 'lines'}`

function nullWords(tokens: string[]): string {
  const words = tokens.map((token) => (token === '' ? 'an empty field' : token))
  return words.length === 0 ? 'nothing is NULL' : `NULL is ${words.join(' or ')}`
}

function columnTable(columns: Inspection['columns'], stream: NodeJS.WriteStream): string {
  const hasLayouts = columns.some(({ layout }) => layout !== null)
  const rows = columns.map((column) => [
    column.name,
    column.type,
    ...(hasLayouts ? [column.layout ?? ''] : []),
    String(column.nulls),
    String(column.empties),
    String(column.distinct),
    column.min ?? '',
    column.max ?? '',
  ])
  const header = [
    'column',
    'type',
    ...(hasLayouts ? ['layout'] : []),
    'null',
    'empty',
    'distinct',
    'min',
    'max',
  ]
  return textTable(header, rows, stream.isTTY ? stream.columns : undefined)
}

export function suggestionLines({ orderBy, partitionBy, reasons }: Suggestion): string[] {
  const options = [
    ...(orderBy.length > 0 ? [`--order-by ${orderBy.join(',')}`] : []),
    ...(partitionBy
      ? [`--partition-by ${partitionBy.column}${partitionBy.by === 'value' ? '' : `:${partitionBy.by}`}`]
      : []),
  ]
  return options.length === 0 ? [] : section(`For a new table: ${options.join(' ')}`, reasons)
}
