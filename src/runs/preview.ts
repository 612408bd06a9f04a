import type { Server } from '../clickhouse/index.ts'
import { parseType, whyNotCarried } from '../core/schema/index.ts'
import { identifier } from '../core/sql/index.ts'
import {
  checkedReader,
  rowClauses,
  shownCells,
  typesFromTable,
  wholeRecords,
  parsedRecords,
  type FileReader,
  type Relation,
} from '../core/transfer/index.ts'
import { AppError, type FileEnd, type Preview, type PreviewRequest } from '../shared/index.ts'
import { bounded } from './guard.ts'
import { explainFault } from './locate.ts'
import { openRelation } from './prepare-export.ts'
import { fromTheStart, profileSample, type Sample } from './profile.ts'
import { openSource, type OpenSource } from './source-file.ts'
import type { Surroundings } from './surroundings.ts'
import { lookAtTable } from './table.ts'
import { columnsOfExisting, readAsNull, type FileColumns, type Infer } from './types.ts'

type FileRequest = Extract<PreviewRequest, { source: FileEnd }>
type RelationRequest = Exclude<PreviewRequest, FileRequest>

/** The first records of a file as its target will hold them, or the first rows of a table, a join or a query. */
export function preview(
  request: PreviewRequest,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<Preview> {
  if (!isOfFile(request)) return previewRelation(request, surroundings, signal)
  if (request.asTexts !== true) return previewFile(request, surroundings, signal)
  const { source, records } = request
  const { nullTokens = ['\\N'] } = source.dialect
  const end = { ...source, dialect: { ...source.dialect, nullTokens } }
  return previewText(end, records, surroundings, signal)
}

const isOfFile = (request: PreviewRequest): request is FileRequest => request.source.kind === 'file'

async function previewFile(
  { source: end, target, map, types, readings, records }: FileRequest,
  { server, workspace }: Surroundings,
  signal: AbortSignal,
): Promise<Preview> {
  await using embedded = await server('embedded')
  await using source = await openSource(end, workspace, embedded, signal)
  const { table, timezone } = target
    ? await lookAtTable(target, server)
    : { table: undefined, timezone: 'UTC' }
  const known = table ? typesFromTable(source.facts, table, map) : []
  let sample: Sample | undefined
  const infer: Infer = async (from, looked) => {
    const found = await profileSample(from.source, embedded, timezone, signal, looked)
    sample ??= found
    return found.profile
  }
  const choice = { types, readings }
  const columns = await columnsOfExisting(choice, known, { source, embedded, timezone }, infer)
  const read = { source, columns, timezone, records, sample, despiteFaults: true }
  return await readRecords(read, embedded, workspace, signal)
}

/** The first records as they stand in the file. */
export async function previewText(
  end: FileEnd,
  records: number,
  { server, workspace }: Surroundings,
  signal: AbortSignal,
): Promise<Preview> {
  await using embedded = await server('embedded')
  await using source = await openSource(end, workspace, embedded, signal)
  const columns = { types: source.facts.names.map(() => 'Nullable(String)'), readings: [] }
  return await readRecords({ source, columns, timezone: 'UTC', records }, embedded, workspace, signal)
}

interface Read {
  source: OpenSource
  columns: Pick<FileColumns, 'types' | 'readings'>
  timezone: string
  records: number
  sample?: Sample | undefined
  /** Records that do not parse are left out, and a warning tells of the first. */
  despiteFaults?: boolean
}

async function readRecords(
  { source, columns: { types, readings }, timezone, records, sample, despiteFaults = false }: Read,
  embedded: Server,
  workspace: Surroundings['workspace'],
  signal: AbortSignal,
): Promise<Preview> {
  const { facts, sniffed } = source
  const wanted = types.map((type, index) => ({
    index,
    source: String(index),
    target: '',
    type: readAs(type),
    reading: readings[index],
  }))
  const reader = checkedReader(facts, wanted, timezone)
  const groups = shownCells(reader)
  const cells = groups.map(({ sql }, n) => `${sql} AS g${n}`)
  const ask = ({ table, settings }: Pick<FileReader, 'table' | 'settings'>) =>
    embedded.rows<Cells>(`SELECT ${cells.join(', ')} FROM ${table} LIMIT ${records}`, {
      // Columns that name no time zone are shown in the target's.
      settings: {
        ...settings,
        ...fromTheStart,
        max_block_size: records,
        session_timezone: timezone,
        compile_expressions: 0,
      },
      signal,
    })
  const faults: string[] = []
  const answer = await ask(wholeRecords(reader)).catch(async (error: unknown) => {
    const scope = { embedded, workspace, source, signal }
    const fault = await explainFault(error, scope, (at) => checkedReader(at, [], timezone))
    if (!despiteFaults || !(fault instanceof AppError) || fault.code !== 'RECORD_MALFORMED') throw fault
    const found = await ask(parsedRecords(reader))
    if (found.length === 0) throw fault
    faults.push(`${fault.message} It is not shown here, and neither are others that do not parse.`)
    return found
  })
  const { encoding, dialect, confidence, reasons, warnings } = sniffed
  const { compression } = facts
  return {
    columns: facts.names.map((name, index) => ({
      ...{ name, type: types[index] ?? '', comment: '' },
      layout: readings[index]?.layout ?? null,
      readAsNull: readAsNull(types[index] ?? '', readings[index], dialect),
    })),
    ...arrange(answer, groups, types.length),
    file: {
      ...{ encoding, dialect, compression, bytes: source.bytes, confidence, reasons },
      warnings: [...warnings, ...faults],
      reading: facts.reading,
      sampled: sample?.records ?? answer.length,
      isWhole: sample?.isWhole ?? answer.length < records,
    },
    sql: null,
  }
}

/** What no field can be read as is shown as the text it is. */
const readAs = (type: string) => (whyNotCarried(parseType(type)) === undefined ? type : 'Nullable(String)')

type Cells = Record<string, [fits: number, text: string | null][]>

/** From the groups by type to rows in the file's order. */
function arrange(
  answer: Cells[],
  groups: ReturnType<typeof shownCells>,
  width: number,
): Pick<Preview, 'rows' | 'unfit'> {
  const places = groups.map(({ fields }) => fields.map(({ source }) => Number(source)))
  const unfit: Preview['unfit'] = []
  const rows = answer.map((record, row) => {
    const texts = Array<string | null>(width).fill(null)
    for (const [n, columns] of places.entries()) {
      for (const [at, [fits, text]] of (record[`g${n}`] ?? []).entries()) {
        const column = columns[at] ?? 0
        texts[column] = text
        if (fits === 0) unfit.push({ row, column })
      }
    }
    return texts
  })
  return { rows, unfit }
}

async function previewRelation(
  { records, ...choice }: RelationRequest,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<Preview> {
  await using opened = await openRelation(choice, surroundings, {
    signal,
    onConnected: () => undefined,
  })
  const { servers, source: relation } = opened
  const columns = relation.columns.filter(({ kind }) => kind !== 'EPHEMERAL')
  const limited = { ...choice, limit: Math.min(choice.limit ?? records, records) }
  const clausesOf = (rows: typeof choice) => rowClauses(rows, relation.columns, relation.label, '\n')
  const texts = columns.map(({ name, type }) => {
    // A state has no text that could be shown.
    const shown = whyNotCarried(parseType(type)) === undefined ? identifier(name) : "'…'"
    return `CAST(toString(${shown}), 'Nullable(String)')`
  })
  const list = identifier(freeName(columns.map(({ name }) => name)))
  const sql = `SELECT [${texts.join(', ')}] AS ${list}\nFROM ${relation.from}${clausesOf(limited)}`
  const rows = await servers[relation.place].rows<Record<string, (string | null)[]>>(sql, {
    signal,
    ...(relation.place === 'embedded' && { settings: bounded }),
  })
  return {
    columns: columns.map(({ name, type, comment = '' }) => ({
      name,
      type,
      comment,
      layout: null,
      readAsNull: [],
    })),
    rows: rows.flatMap((row) => Object.values(row)),
    unfit: [],
    file: null,
    // Of all rows, so that it can be taken over as a query.
    sql: `SELECT ${selectList(relation)}\nFROM ${relation.from}${clausesOf(choice)}`,
  }
}

/** An asterisk stands for all but computed columns. */
function selectList({ kind, columns }: Relation): string {
  const readable = columns.filter((column) => column.kind !== 'EPHEMERAL')
  const isAll = kind !== 'table' || columns.every((column) => column.kind === '' || column.kind === 'DEFAULT')
  return isAll ? '*' : readable.map(({ name }) => identifier(name)).join(', ')
}

function freeName(names: string[]): string {
  let name = 'texts'
  while (names.includes(name)) name += '_'
  return name
}
