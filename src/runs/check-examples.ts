import {
  checkedReader,
  exampleQuery,
  whyMisfit,
  type CheckedField,
  type ExampleRow,
  type Faults,
} from '../core/transfer/index.ts'
import type { FileCheck, Reject } from '../shared/index.ts'
import type { Import } from './import-job.ts'
import { openRawBytes, type RawBytes } from './raw-bytes.ts'
import { decoded } from './rejects-normalised.ts'
import type { OpenSource } from './source-file.ts'

const mostExamples = 5

/** The same check with the first examples of everything that was counted. */
export async function findExamples(
  job: Import,
  source: OpenSource,
  counted: FileCheck,
  signal: AbortSignal,
): Promise<FileCheck> {
  const { plan, target, servers } = job
  const reader = checkedReader(source.facts, plan.wanted, target.timezone)
  const faults = faultsOf(counted, reader.fields)
  if (!reader.position || (faults.malformed === 0 && faults.fields.length === 0)) return counted
  const sql = exampleQuery(reader, reader.position, faults, mostExamples)
  const options = { settings: { ...reader.settings, max_threads: 1 }, signal }
  const rows = await servers.embedded.rows<ExampleRow>(sql, options)
  const raws = await recordsAt(rows, { ...job, source }, signal)
  const of = (bad: number): Reject[] =>
    rows.flatMap((row) => (row.bad === bad ? reject(row, faults, source, raws.get(placeOf(row)) ?? '') : []))
  const examples = new Map(faults.fields.map(({ field }, n) => [field.target, of(n + 1)]))
  return {
    ...counted,
    malformedExamples: of(0),
    columns: counted.columns.map((column) => ({ ...column, examples: examples.get(column.target) ?? [] })),
  }
}

function faultsOf({ columns, malformed }: FileCheck, fields: CheckedField[]): Faults {
  const misfitsOf = new Map(columns.map(({ target, misfits }) => [target, misfits]))
  const counted = fields.map((field) => ({ field, misfits: misfitsOf.get(field.target) ?? 0 }))
  return { malformed, fields: counted.filter(({ misfits }) => misfits > 0) }
}

function reject(
  { file, line, offset, bad, fault, value, isValid }: ExampleRow,
  { fields }: Faults,
  { mount }: OpenSource,
  raw: string,
): Reject {
  const { field } = fields[bad - 1] ?? {}
  const place = {
    file: mount.fileOf(Number(file))?.name ?? '',
    line: Number(line),
    offset: Number(offset),
    raw,
  }
  if (!field) return { ...place, column: null, value: null, reason: fault }
  const reason = whyMisfit({ fields: [field], value, isValid: isValid === 1 })
  return { ...place, column: field.source, value, reason }
}

const placeOf = ({ file, offset }: ExampleRow) => `${file}:${offset}`

/** Every record is asked for once, in the order of the file. */
async function recordsAt(
  rows: ExampleRow[],
  { source, servers, surroundings }: Import,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  await using stack = new AsyncDisposableStack()
  const open = (index: number) => {
    const file = source.files[index]
    return file && stack.use(openRawBytes(file, surroundings.workspace, servers.embedded, signal))
  }
  const readings = new Map<number, RawBytes | undefined>()
  const raws = new Map<string, string>()
  for (const row of rows) {
    const index = Number(row.file) - 1
    if (!readings.has(index)) readings.set(index, open(index))
    if (raws.has(placeOf(row))) continue
    const bytes = await readings.get(index)?.part(Number(row.offset), Number(row.length))
    raws.set(placeOf(row), decoded(bytes ?? Buffer.alloc(0), source.encodings[index] ?? 'utf-8'))
  }
  return raws
}
