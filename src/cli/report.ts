import { describeDelimiter } from '../core/dialect/index.ts'
import type { Inspection, PlanView, Preview, Report, Transfer } from '../shared/index.ts'
import { textTable } from './text-table.ts'
import { bytes, number, seconds } from './words.ts'

const commits: Record<string, string> = {
  rename: 'all at once, as a new table',
  exchange: 'all at once, in place of the old table',
  'partition-move': 'partition by partition, out of a staging table',
  'file-rename': 'all at once, as a complete file',
  direct: 'directly, without a staging table',
}

export function describeReport(transfer: Transfer, report: Report): string {
  const { source, target } = ends(transfer)
  const duration = report.durationMs / 1000
  const size = transfer.direction === 'export' ? report.bytesWritten : report.bytesRead
  const rate = `${bytes(size / Math.max(duration, 0.001))}/s`
  const { verification } = report
  const rows = [
    `Moved ${number(report.rowsWritten)} rows from ${source} to ${target} in ${seconds(duration)}.`,
    `  read ${number(report.rowsRead)} = written ${number(report.rowsWritten)} + rejected ${number(report.rowsRejected)}`,
    `  ${bytes(size)} in the file, ${rate}, by ${report.strategy ?? ''}`,
    `  committed ${commits[report.commit ?? ''] ?? ''}`,
  ]
  if (verification && verification.mode !== 'none') {
    rows.push(
      `  verified by ${verification.mode}: ${verification.source ?? ''} = ${verification.target ?? ''}`,
    )
  }
  return `${rows.join('\n')}\n`
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
    ...sampled,
    ...plan.warnings,
    '',
    columns,
    ...statements,
    '',
  ].join('\n')
}

export function describeInspection(path: string, found: Inspection): string {
  const { dialect } = found
  const layout = [
    `${describeDelimiter(dialect.delimiter)} between fields`,
    dialect.quote === null ? 'no quotes' : `quote ${dialect.quote}`,
    dialect.header ? 'a header' : 'no header',
    ...(dialect.skipLines > 0 ? [`${dialect.skipLines} lines before it`] : []),
  ]
  const columns = found.columns.map((column) => [
    column.name,
    column.type,
    String(column.nulls),
    String(column.empties),
    String(column.distinct),
    column.min ?? '',
    column.max ?? '',
  ])
  return [
    `${path}: ${number(found.records)} records, ${found.columns.length} columns, ${found.encoding}; ${layout.join(', ')}.`,
    ...found.warnings,
    '',
    textTable(['column', 'type', 'null', 'empty', 'distinct', 'min', 'max'], columns),
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
