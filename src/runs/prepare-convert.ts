import {
  checkedReader,
  convertedTypes,
  planConvert,
  type ConvertPlan,
  type FileTargetFacts,
} from '../core/transfer/index.ts'
import type { Formatting, TargetFile } from '../files/index.ts'
import type { ConvertTransfer } from '../shared/index.ts'
import { noteHelpers } from './helpers.ts'
import { explainFault } from './locate.ts'
import { requireClosedQuotes } from './open-quote.ts'
import {
  move,
  type Outcome,
  type Preparation,
  type Prepared,
  type Servers,
  type Watcher,
} from './prepared.ts'
import { openSource, requireUnchanged, unlessChanged, type OpenSource } from './source-file.ts'
import type { Surroundings } from './surroundings.ts'
import { openTally, type Tally } from './tally.ts'
import { startFormatting, targetFacts, writeFile } from './written-file.ts'
import { columnsOfNew, wholeFile } from './types.ts'
import { verifyFile } from './verify.ts'
import { openWritten } from './written-back.ts'

interface Conversion {
  transfer: ConvertTransfer
  surroundings: Surroundings
  servers: Servers
  source: OpenSource
  file: TargetFile
  target: FileTargetFacts
  formatting: Formatting | undefined
  tally: Tally | undefined
  plan: ConvertPlan
}

export async function prepareConvert(
  transfer: ConvertTransfer,
  surroundings: Surroundings,
  preparation: Preparation,
): Promise<Prepared> {
  await using stack = new AsyncDisposableStack()
  const embedded = stack.use(await surroundings.server('embedded'))
  preparation.onConnected()
  const { workspace } = surroundings
  const source = stack.use(await openSource(transfer.source, workspace, embedded, preparation.signal))
  const infer = wholeFile(surroundings, preparation)
  const columns = transfer.types
    ? await columnsOfNew({ columns: transfer.columns }, { source, embedded, timezone: 'UTC' }, infer)
    : undefined
  const file = stack.use(await workspace.target(transfer.target.path))
  const types = convertedTypes(transfer, source.facts, columns?.types)
  const target = targetFacts(transfer.target, file, types)
  const plan = planConvert(transfer, {
    file: source.facts,
    target,
    inferred: columns?.types,
    readings: columns?.readings ?? [],
  })
  const formatting = stack.use(await startFormatting(file, target, plan, source.facts.label))
  const servers = { embedded, remote: embedded }
  stack.use(
    await noteHelpers({ plan, servers, target: { name: { table: file.name } }, surroundings }, preparation),
  )
  const tally = stack.use(await openTally(plan, embedded, preparation))
  const job = { transfer, surroundings, servers, source, file, target, formatting, tally, plan }
  const kept = stack.move()
  return {
    plan,
    execute: (watcher) =>
      execute(job, watcher).catch(async (error: unknown) => {
        throw await unlessChanged(error, source)
      }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

async function execute(job: Conversion, watcher: Watcher): Promise<Outcome> {
  const { plan, servers, source, file, tally, transfer, surroundings } = job
  const { signal } = watcher
  const look = { ...surroundings, embedded: servers.embedded, signal }
  await requireClosedQuotes(source, look)
  const totals = { totalRows: null, totalBytes: source.bytes, bytesRead: source.bytesRead }
  const moved = await writeFile(job, watcher, (watching) =>
    move(plan, servers, totals, watching, tally),
  ).catch(async (error: unknown) => {
    throw await explainFault(error, { ...look, source }, (facts) =>
      checkedReader(facts, plan.wanted ?? [], 'UTC'),
    )
  })
  await requireUnchanged(source)
  const counted = { mode: transfer.verify, read: moved.read, written: moved.written, signal }
  const left = await tally?.found(signal)
  const verification = await verifyFile({ ...counted, left }, () =>
    openWritten({ ...job, ...surroundings, timezone: 'UTC', embedded: servers.embedded }),
  )
  watcher.onCommit()
  const { bytes } = await file.commit()
  return {
    rowsRead: moved.read,
    rowsWritten: moved.written,
    bytesRead: source.bytes,
    bytesWritten: bytes,
    verification,
  }
}
