import { join, parse } from 'node:path'
import type { PlanView, Preview, Report, Transfer } from '../shared/index.ts'
import { describeReading, suggestionLines } from './inspection-report.ts'
import { textTable } from './text-table.ts'
import { bytes, number, seconds } from './words.ts'

const commits: Record<string, string> = {
  rename: 'all at once, as a new table',
  exchange: 'all at once, in place of the old table',
  'partition-move': 'partition by partition, out of a staging table',
  'insert-select': 'out of a staging table, by one statement',
  'single-block': 'all at once, as one block',
  'file-rename': 'all at once, as a complete file',
  direct: 'directly, without a staging table',
}

interface Rejected {
  /** Where a person wanted the rejects. */
  copied?: string | undefined
  /** The options by which they are read again. */
  again?: string | undefined
}

export function describeReport(transfer: Transfer, report: Report, { copied, again }: Rejected = {}): string {
  const { source, target } = ends(transfer)
  const duration = report.durationMs / 1000
  const size = transfer.direction === 'export' ? report.bytesWritten : report.bytesRead
  const rate = `${bytes(size / Math.max(duration, 0.001))}/s`
  const rows = [
    `Moved ${number(report.rowsWritten)} rows from ${source} to ${target} in ${seconds(duration)}.`,
    `  read ${number(report.rowsRead)} = written ${number(report.rowsWritten)} + rejected ${number(report.rowsRejected)}`,
    `  ${bytes(size)} in the file, ${rate}, by ${report.strategy ?? ''}`,
    `  committed ${commits[report.commit ?? ''] ?? ''}`,
    ...(report.commitReason === undefined ? [] : [`    ${report.commitReason}`]),
  ]
  rows.push(...attemptLines(report))
  rows.push(...verificationLines(report))
  const options = again ? [`Import them, corrected, with ${again}`] : []
  return `${[...rows, ...rejectLines(report, copied), ...options].join('\n')}\n`
}

function verificationLines({ verification }: Report): string[] {
  if (!verification || verification.mode === 'none') return []
  const { mode, source = '', target = '', sql } = verification
  const asked = sql ? [`    source: ${onOneLine(sql.source)}`, `    target: ${onOneLine(sql.target)}`] : []
  return [`  verified by ${mode}: ${source} = ${target}`, ...asked]
}

/** Of a table with many columns the whole is in the report of --json. */
function onOneLine(sql: string): string {
  const line = sql.replaceAll(/\s+/g, ' ')
  return line.length > mostShown ? `${line.slice(0, mostShown)} …` : line
}

const mostShown = 300

const attemptLines = ({ failedAttempts }: Report): string[] =>
  failedAttempts.map(
    ({ number: which, durationMs, error }) =>
      `  attempt ${which} failed after ${seconds(durationMs / 1000)} and left nothing: ${error.message}`,
  )

/** What a run that failed has left in its table. */
export const stayLines = ({ commit, rowsWritten }: Report): string[] =>
  commit === 'direct' && rowsWritten > 0
    ? [
        `${number(rowsWritten)} ${rowsWritten === 1 ? 'row that had arrived by then stays' : 'rows that had arrived by then stay'} in the table.`,
      ]
    : []

/** Where the rejects are: as a person wanted them, or where they are kept. */
export function rejectLines({ rowsRejected, rejectsFile }: Report, copied?: string): string[] {
  if (rejectsFile === null) return []
  const records = rowsRejected === 1 ? '1 record was' : `${number(rowsRejected)} records were`
  if (copied === undefined) return [`${records} rejected: see ${rejectsFile}.`]
  const { dir, name, ext } = parse(copied)
  return [
    `${records} rejected: see ${copied} (and ${join(dir, `${name}.records${ext}`)} to correct and import again).`,
  ]
}

function ends({ source, target }: Transfer): { source: string; target: string } {
  const name = (end: Transfer['source'] | Transfer['target']): string => {
    if (end.kind === 'query') return 'the query'
    if (end.kind === 'file') return end.path === '-' ? 'standard input' : end.path
    return end.database === undefined ? end.table : `${end.database}.${end.table}`
  }
  return { source: name(source), target: name(target) }
}

export function describePlan(plan: PlanView): string {
  const columns = textTable(
    ['source', 'target', 'type'],
    plan.columns.map(({ source, target, type }) => [source, target, type]),
  )
  const statements = plan.statements.map(({ server, sql }) => `on ${server}:\n  ${sql}`)
  const sampled =
    plan.sampled === null
      ? []
      : [`The types are those of the first ${number(plan.sampled)} records; the run looks at all of them.`]
  return [
    `Nothing was moved. Strategy: ${plan.strategy}; committed ${commits[plan.commit] ?? plan.commit}.`,
    ...(plan.reading ? [describeReading(plan.reading)] : []),
    ...sampled,
    ...(plan.commitReason === undefined ? [] : [plan.commitReason]),
    ...plan.warnings,
    ...(plan.suggestion ? suggestionLines(plan.suggestion) : []),
    '',
    columns,
    ...statements,
    '',
  ].join('\n')
}

export function describePreview({ columns, rows }: Preview, stream: NodeJS.WriteStream): string {
  const texts = rows.map((row) => row.map((text) => text ?? 'NULL'))
  return textTable(
    columns.map(({ name }) => name),
    texts,
    stream.isTTY ? stream.columns : undefined,
  )
}
