import { checkedReader, planConvert, type ConvertPlan } from '../core/transfer/index.ts'
import type { TargetFile } from '../files/index.ts'
import type { ConvertTransfer } from '../shared/index.ts'
import { explainFault } from './locate.ts'
import { describeTarget } from './prepare-export.ts'
import {
  move,
  type Outcome,
  type Preparation,
  type Prepared,
  type Servers,
  type Watcher,
} from './prepared.ts'
import { profileFile } from './profile.ts'
import { openSource, type OpenSource } from './source-file.ts'
import type { Surroundings } from './surroundings.ts'
import { requireWritten } from './written-file.ts'
import { compareCounts } from './verify.ts'

interface Conversion {
  transfer: ConvertTransfer
  surroundings: Surroundings
  servers: Servers
  source: OpenSource
  file: TargetFile
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
  const profile = transfer.types
    ? await profileFile(source, embedded, workspace, 'UTC', preparation)
    : undefined
  const file = stack.use(await workspace.target(transfer.target.path))
  const plan = planConvert(transfer, {
    file: source.facts,
    target: describeTarget(transfer.target, file, file.mountPath),
    inferred: profile?.map(({ type }) => type),
  })
  const servers = { embedded, remote: embedded }
  const kept = stack.move()
  return {
    plan,
    execute: (watcher) => execute({ transfer, surroundings, servers, source, file, plan }, watcher),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

async function execute(job: Conversion, watcher: Watcher): Promise<Outcome> {
  const { plan, servers, source, file, transfer } = job
  const moved = await move(plan, servers, { totalRows: null, totalBytes: source.bytes }, watcher).catch(
    async (error: unknown) => {
      const { workspace } = job.surroundings
      const scope = { embedded: servers.embedded, workspace, source, signal: watcher.signal }
      throw await explainFault(error, scope, (facts) => checkedReader(facts, plan.wanted ?? [], 'UTC'))
    },
  )
  await requireWritten(servers.embedded, moved.writeId, file)
  const verification = compareCounts({ mode: transfer.verify, read: moved.read, written: moved.written })
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
