import { literal, tableName } from '../core/sql/index.ts'
import {
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
  Transfer,
} from '../shared/index.ts'
import { describeTarget, openRelation } from './prepare-export.ts'
import { openImport } from './prepare-import.ts'
import type { Servers } from './prepared.ts'
import { profileSample, type Sample } from './profile.ts'
import { openSource, type OpenSource } from './source-file.ts'
import type { Surroundings } from './surroundings.ts'
import { typesByName, type Infer } from './types.ts'

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
  let sample: Sample | undefined
  const infer: Infer = async ({ source, embedded, timezone }) => {
    sample = await profileSample(source, embedded, timezone, signal)
    return typesByName(sample.profile)
  }
  const options = { runId: 'plan', signal, onConnected: () => undefined }
  await using opened = await openImport(transfer, surroundings, options, infer)
  const { plan, servers, source, target } = opened
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
    rows: recordsOf(source, sample),
    bytes: source.bytes,
    sampled: sample?.records ?? null,
  })
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
  const target = await targetFacts(transfer.target, surroundings)
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
  const sample = transfer.types ? await profileSample(source, embedded, 'UTC', signal) : undefined
  const target = await targetFacts(transfer.target, surroundings)
  const plan = planConvert(transfer, {
    file: { ...source.facts, mountPath: transfer.source.path },
    target,
    inferred: sample?.profile.map(({ type }) => type),
  })
  return view(transfer, plan, {
    statements: describe(plan, { embedded, remote: embedded }),
    rows: recordsOf(source, sample),
    bytes: source.bytes,
    sampled: sample?.records ?? null,
  })
}

/** Under the name that a person gave, and whether it can be written is part of the plan. */
const targetFacts = async (end: FileEnd, { workspace }: Surroundings) =>
  describeTarget(end, await workspace.checkTarget(end.path), end.path)

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
  { strategy, commit, columns, warnings }: Plan,
  found: Pick<PlanView, 'statements' | 'rows'> & Partial<PlanView>,
): PlanView {
  return {
    ...{ strategy, commit, warnings, targetExists: false, bytes: null, sampled: null },
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
