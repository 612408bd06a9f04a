import type { Server } from '../clickhouse/index.ts'
import { readerNullToken } from '../core/schema/index.ts'
import {
  canonicalDialect,
  checkedReader,
  checkedSelect,
  headLines,
  readingOfWritten,
  type FileFacts,
  type FilePlan,
  type FileTargetFacts,
} from '../core/transfer/index.ts'
import type { Target, Workspace } from '../files/index.ts'
import type { Side } from './verify.ts'

interface WrittenFile {
  plan: FilePlan
  file: Target
  target: FileTargetFacts
  workspace: Workspace
  /** Of the server that the rows came from. */
  timezone: string
  embedded: Server
}

/** The unfinished file, read back as what was written to it. */
export async function openWritten(written: WrittenFile): Promise<Side & AsyncDisposable> {
  const { plan, timezone, embedded } = written
  await using stack = new AsyncDisposableStack()
  const facts = await openFacts(written, stack)
  const wanted = plan.columns.map((column, index) => {
    const layout = plan.written[index]?.layout
    const reading = layout && { column: column.source, layout, misfit: 'reject' as const }
    return { ...column, index, ...(reading && { reading }) }
  })
  const reader = checkedReader(facts, wanted, timezone)
  const kept = stack.move()
  return {
    server: embedded,
    from: `(${checkedSelect(reader)})`,
    columns: plan.columns.map(({ target: name, type }) => ({ name, type })),
    settings: reader.settings,
    readable: (sql) => sql.replaceAll(facts.mountPath, facts.label),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

async function openFacts(written: WrittenFile, stack: AsyncDisposableStack): Promise<FileFacts> {
  const { plan, file, target, workspace } = written
  const { label, dialect, encoding, compression } = target
  const names = plan.columns.map((column) => column.target)
  const reading = readingOfWritten(target, names)
  const facts = { label, reading, names, utf8: false, warnings: [] }
  const files = await file.unfinished()
  if (reading.by === 'clickhouse') {
    const mount = stack.use(await workspace.mount(files))
    return { ...facts, mountPath: mount.path, compression, dialect, skip: headLines(dialect) }
  }
  const mount = stack.use(
    await workspace.normalise({
      files,
      encodings: files.map(() => encoding),
      normalisation: { dialect, width: names.length, missing: readerNullToken(dialect.nullTokens) },
      unpack: () => Promise.reject(new TypeError('Nothing is formatted that the server has to unpack')),
    }),
  )
  return {
    ...facts,
    mountPath: mount.path,
    compression: 'none',
    dialect: canonicalDialect(dialect),
    skip: 0,
  }
}
