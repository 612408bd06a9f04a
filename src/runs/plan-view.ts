import { suggest } from '../core/schema/index.ts'
import { literal, tableName } from '../core/sql/index.ts'
import {
  convertedTypes,
  exportedTypes,
  planConvert,
  planExport,
  toCommand,
  toYaml,
  type Plan,
  type Relation,
} from '../core/transfer/index.ts'
import type {
  ConvertTransfer,
  ExportTransfer,
  FileEnd,
  ImportTransfer,
  PlanView,
  Split,
  Transfer,
} from '../shared/index.ts'
import { openRelation } from './prepare-export.ts'
import { openImport } from './prepare-import.ts'
import type { Servers } from './prepared.ts'
import { profileSample, type Sample } from './profile.ts'
import { openSource, type OpenSource } from './source-file.ts'
import type { Surroundings } from './surroundings.ts'
import { columnsOfNew, type FileColumns, type Infer } from './types.ts'
import { describeTarget } from './written-file.ts'

/** What would happen. Types of a new table are those of the first records, nothing is written and nothing stays. */
export async function viewPlan(
  transfer: Transfer,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<PlanView> {
  switch (transfer.direction) {
    case 'import':
      return await viewImport(transfer, surroundings, signal)
    case 'export':
      return await viewExport(transfer, surroundings, signal)
    case 'convert':
      return await viewConvert(transfer, surroundings, signal)
  }
}

async function viewImport(
  transfer: ImportTransfer,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<PlanView> {
  const { infer, sample } = fromSample(signal)
  const options = { runId: 'plan', attempt: 1, signal, onConnected: () => undefined }
  await using opened = await openImport(transfer, surroundings, options, infer)
  const { plan, servers, source, target, columns } = opened
  // A new table is loaded under another name, which nobody needs to know.
  const renamed = plan.commit === 'rename' && plan.staging ? tableName(plan.staging.name) : undefined
  const statements = describe(plan, servers, (sql) =>
    (renamed === undefined ? sql : sql.replaceAll(renamed, tableName(target.name))).replaceAll(
      literal(source.facts.mountPath),
      literal(transfer.source.path),
    ),
  )
  return view(transfer, plan, {
    statements,
    targetExists: target.table !== undefined,
    rows: recordsOf(source, sample()),
    bytes: source.bytes,
    reading: source.facts.reading,
    suggestion:
      target.table || transfer.orderBy.length > 0
        ? null
        : suggestionFor(plan, columns, recordsOf(source, sample())),
    sampled: target.table ? null : (sample()?.records ?? null),
  })
}

/** Finds out what the first records say, and remembers how many they were. */
function fromSample(signal: AbortSignal): { infer: Infer; sample: () => Sample | undefined } {
  let first: Sample | undefined
  const infer: Infer = async ({ source, embedded, timezone }, looked) => {
    const sample = await profileSample(source, embedded, timezone, signal, looked)
    first ??= sample
    return sample.profile
  }
  return { infer, sample: () => first }
}

/** Of the columns under the names that the table gives them. */
function suggestionFor(
  { columns }: Plan,
  { profile }: FileColumns,
  rows: number | null,
): PlanView['suggestion'] {
  const found = new Map(profile.map((column) => [column.name, column]))
  const moved = columns.flatMap(({ source, target, type }) => {
    const column = found.get(source)
    return column ? [{ ...column, name: target, type }] : []
  })
  return suggest(moved, rows)
}

async function viewExport(
  transfer: ExportTransfer,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<PlanView> {
  await using opened = await openRelation(transfer, surroundings, {
    signal,
    onConnected: () => undefined,
  })
  const { servers, source } = opened
  const target = await targetFacts(
    transfer.target,
    surroundings,
    exportedTypes(transfer, source),
    transfer.split,
  )
  const plan = planExport(transfer, source, target)
  return view(transfer, plan, { statements: describe(plan, servers), rows: rowsOf(transfer, source) })
}

async function viewConvert(
  transfer: ConvertTransfer,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<PlanView> {
  await using embedded = await surroundings.server('embedded')
  await using source = await openSource(transfer.source, surroundings.workspace, embedded, signal)
  const { infer, sample } = fromSample(signal)
  const from = { source, embedded, timezone: 'UTC' }
  const columns = transfer.types ? await columnsOfNew({ columns: transfer.columns }, from, infer) : undefined
  const types = convertedTypes(transfer, source.facts, columns?.types)
  const target = await targetFacts(transfer.target, surroundings, types)
  const plan = planConvert(transfer, {
    file: { ...source.facts, mountPath: transfer.source.path },
    target,
    inferred: columns?.types,
    readings: columns?.readings ?? [],
  })
  return view(transfer, plan, {
    statements: describe(plan, { embedded, remote: embedded }),
    rows: recordsOf(source, sample()),
    bytes: source.bytes,
    reading: source.facts.reading,
    sampled: sample()?.records ?? null,
  })
}

/** Under the name that a person gave, and whether it can be written is part of the plan. */
const targetFacts = async (
  end: FileEnd,
  { workspace }: Surroundings,
  types: readonly string[],
  split?: Split,
) => describeTarget(end, await workspace.checkTarget(end.path, split), types, end.path, split !== undefined)

function describe(plan: Plan, servers: Servers, readable = (sql: string) => sql): PlanView['statements'] {
  const roles = [
    ['create', plan.staging?.create],
    ['read', plan.read],
    ['write', plan.write],
  ] as const
  return roles.flatMap(([role, statement]) =>
    statement ? { role, server: servers[statement.place].label, sql: readable(statement.sql) } : [],
  )
}

function view(
  transfer: Transfer,
  { strategy, commit, commitReason, columns, warnings }: Plan,
  found: Pick<PlanView, 'statements' | 'rows'> & Partial<PlanView>,
): PlanView {
  return {
    ...(commitReason !== undefined && { commitReason }),
    ...{ strategy, commit, warnings, targetExists: false, bytes: null, sampled: null },
    ...{ reading: null, suggestion: null },
    columns: columns.map(({ source, target, type }) => ({ source, target, type })),
    command: toCommand(transfer),
    yaml: toYaml(transfer),
    ...found,
  }
}

/** Known of a small file, estimated by the length of the first records of a large one. */
function recordsOf({ sniffed, facts, files, bytes }: OpenSource, sample: Sample | undefined): number | null {
  if (sample?.isWhole) return sample.records
  const { sample: records } = sniffed
  if (facts.compression !== 'none' || records.length === 0) return null
  if (files.length === 1 && bytes <= headBytes && records.length < sniffedRecords) return records.length
  const seen = Buffer.byteLength(records.map((record) => record.join(',')).join('\n')) + 1
  return Math.round((bytes / seen) * records.length)
}

/** The sniffer sees no more of a file. */
const headBytes = 1_048_576
const sniffedRecords = 1000

function rowsOf({ filter, where, limit }: ExportTransfer, { rows }: Relation): number | null {
  const isFiltered = where !== undefined || (filter?.rules.length ?? 0) > 0
  if (rows === null || isFiltered) return null
  return Math.min(rows, limit ?? rows)
}
