import { firstReject, toleratedOf } from '../core/transfer/index.ts'
import type { FileCheck, ImportTransfer, MisfitAction, Reject } from '../shared/index.ts'
import { oneLine, textTable } from './text-table.ts'
import { number } from './words.ts'

/** What a check of the whole file found, with the first of the values that do not fit. */
export function describeCheck(check: FileCheck, transfer: ImportTransfer): string {
  const { readings = [] } = transfer
  const { records, rejected, malformed, malformedExamples } = check
  const columns = check.columns.filter(({ misfits }) => misfits > 0)
  const total = `Checked ${number(records)} records: `
  if (rejected === 0 && columns.length === 0) return `${total}all of them fit.\n`
  const actions = new Map(readings.map(({ column, misfit }) => [column, misfit]))
  return [
    total + rejectedWords(rejected, malformed),
    ...outcome(check, transfer),
    '',
    ...(malformed > 0 ? [...malformedExamples.map(exampleLine), ''] : []),
    ...(columns.length > 0 ? [columnTable(columns, actions)] : []),
  ].join('\n')
}

function rejectedWords(rejected: number, malformed: number): string {
  if (rejected === 0) return 'none would be rejected.'
  const unparsed =
    malformed === 0 ? '' : ` (${number(malformed)} ${malformed === 1 ? 'does' : 'do'} not parse)`
  return `${number(rejected)} would be rejected${unparsed}.`
}

/** What an import would come to. */
function outcome(check: FileCheck, { onError, rejectLimit, readings }: ImportTransfer): string[] {
  const { rejected, records } = check
  if (rejected === 0) return []
  if (onError === 'skip') {
    const most = toleratedOf(rejected, records, rejectLimit)
    if (most === undefined) return []
    return [
      most === 'none'
        ? 'No record is left, so nothing would move.'
        : `No more than ${most} may be: nothing would move.`,
    ]
  }
  const first = firstReject(check, readings)
  return first ? [`The run would stop at ${first.file}, line ${number(first.line)} (--on-error stop).`] : []
}

const exampleLine = ({ file, line, reason }: Reject) => `  ${oneLine(`${file}, line ${line}: ${reason}`)}`

const becomes: Record<MisfitAction, string> = { reject: 'rejected', null: 'NULL', default: 'the default' }

function columnTable(columns: FileCheck['columns'], actions: ReadonlyMap<string, MisfitAction>): string {
  return textTable(
    ['column', 'type', 'misfits', 'become', 'lines', 'such as'],
    columns.map(({ source, type, misfits, examples }) => [
      source,
      type,
      number(misfits),
      becomes[actions.get(source) ?? 'reject'],
      linesOf(examples, misfits),
      [...new Set(examples.map(({ value }) => (value === null ? 'NULL' : JSON.stringify(value))))].join(', '),
    ]),
  )
}

const linesOf = (examples: Reject[], misfits: number) =>
  examples.map(({ line }) => line).join(', ') + (examples.length < misfits ? '…' : '')
