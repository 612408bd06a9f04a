import type { Server } from '../clickhouse/index.ts'
import { parseType, whyNotCarried } from '../core/schema/index.ts'
import { identifier } from '../core/sql/index.ts'
import {
  checkedReader,
  rowClauses,
  shownCells,
  typesFromTable,
  type Relation,
} from '../core/transfer/index.ts'
import type { FileEnd, Preview, PreviewRequest, TableEnd } from '../shared/index.ts'
import { bounded } from './guard.ts'
import { explainFault } from './locate.ts'
import { openRelation } from './prepare-export.ts'
import { fromTheStart, profileSample, type Sample } from './profile.ts'
import { openSource, type OpenSource } from './source-file.ts'
import type { Surroundings } from './surroundings.ts'
import { findTable } from './table.ts'
import { chosenTypes } from './types.ts'

type FileRequest = Extract<PreviewRequest, { source: FileEnd }>
type RelationRequest = Exclude<PreviewRequest, FileRequest>

/** The first records of a file as its target will hold them, or the first rows of a table, a join or a query. */
export function preview(
  request: PreviewRequest,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<Preview> {
  return isOfFile(request)
    ? previewFile(request, surroundings, signal)
    : previewRelation(request, surroundings, signal)
}

const isOfFile = (request: PreviewRequest): request is FileRequest => request.source.kind === 'file'

async function previewFile(
  { source: end, target, map, types, records }: FileRequest,
  { server, workspace }: Surroundings,
  signal: AbortSignal,
): Promise<Preview> {
  await using embedded = await server('embedded')
  await using source = await openSource(end, workspace, embedded, signal)
  const { table, timezone } = target ? await lookAt(target, server) : { table: undefined, timezone: 'UTC' }
  const known = table ? typesFromTable(source.facts, table, map) : []
  const chosen = await chosenTypes(types, source.facts, embedded)
  const isKnown = source.facts.names.every((name, index) => known[index] !== undefined || chosen.has(name))
  const sample = isKnown ? undefined : await profileSample(source, embedded, timezone, signal)
  const found = source.facts.names.map(
    (name, index) => known[index] ?? chosen.get(name) ?? sample?.profile[index]?.type ?? 'String',
  )
  return await readRecords({ source, types: found, timezone, records, sample }, embedded, workspace, signal)
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
  const types = source.facts.names.map(() => 'Nullable(String)')
  return await readRecords({ source, types, timezone: 'UTC', records }, embedded, workspace, signal)
}

async function lookAt(target: TableEnd, server: Surroundings['server']) {
  await using remote = await server(target.server)
  const { timezone } = await remote.check()
  const name = { database: target.database ?? remote.database, table: target.table }
  return { table: await findTable(remote, name), timezone }
}

interface Reading {
  source: OpenSource
  /** Of all fields, in order. */
  types: string[]
  timezone: string
  records: number
  sample?: Sample | undefined
}

async function readRecords(
  { source, types, timezone, records, sample }: Reading,
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
  }))
  const reader = checkedReader(facts, wanted, timezone)
  const groups = shownCells(reader)
  const cells = groups.map(({ sql }, n) => `${sql} AS g${n}`)
  const sql = `SELECT ${cells.join(', ')} FROM ${reader.table} LIMIT ${records}`
  // Columns that name no time zone are shown in the target's.
  const settings = {
    ...reader.settings,
    ...fromTheStart,
    max_block_size: records,
    session_timezone: timezone,
    compile_expressions: 0,
  }
  const answer = await embedded.rows<Cells>(sql, { settings, signal }).catch(async (error: unknown) => {
    throw await explainFault(error, { embedded, workspace, source, signal }, (at) =>
      checkedReader(at, [], timezone),
    )
  })
  const { encoding, dialect, confidence, reasons, warnings } = sniffed
  const { compression } = facts
  return {
    columns: facts.names.map((name, index) => ({ name, type: types[index] ?? '', comment: '' })),
    ...arrange(answer, groups, types.length),
    file: {
      ...{ encoding, dialect, compression, bytes: source.bytes, confidence, reasons, warnings },
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
    columns: columns.map(({ name, type, comment = '' }) => ({ name, type, comment })),
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
