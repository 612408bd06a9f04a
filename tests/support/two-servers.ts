import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSurroundings } from '../../src/main/open.ts'
import { preview, runTransfer, type Surroundings } from '../../src/runs/index.ts'
import {
  previewRequestSchema,
  transferSchema,
  type Connection,
  type Preview,
  type Report,
  type ServerChoice,
} from '../../src/shared/index.ts'
import { password, startServer } from './clickhouse-server.ts'
import { removeFolder } from './folder.ts'

/** The embedded database and another server with the same tables, to look at and to export from. */
export interface TwoServers extends AsyncDisposable {
  surroundings: Surroundings
  theirs: Connection
  look(request: object): Promise<Preview>
  /** An export, and the lines of its file. */
  exported(transfer: object): Promise<{ report: Report; lines: string[] }>
}

/** @param sql what both servers run first; the other one has also a user `reader`, who may change no setting */
export async function openTwoServers(sql: string[]): Promise<TwoServers> {
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'flathouse-two-'))
  stack.defer(() => {
    removeFolder(folder)
  })
  const remote = stack.use(await startServer([{ name: 'reader', password, readonly: true }]))
  const surroundings = stack.use(await openSurroundings({ dataDir: join(folder, 'data'), password }, {}))
  await using embedded = await surroundings.server('embedded')
  for (const server of [embedded, remote.server]) {
    for (const statement of sql) await server.command(statement)
  }
  const { signal } = new AbortController()
  const target = { kind: 'file', path: join(folder, 'out.csv') }
  const kept = stack.move()
  return {
    surroundings,
    theirs: remote.connection,
    look: (request) => preview(previewRequestSchema.parse(request), surroundings, signal),
    async exported(transfer) {
      const document = transferSchema.parse({ direction: 'export', target, ...transfer })
      const report = await runTransfer(document, surroundings, { signal, onEvent: () => undefined })
      const lines = report.error ? [] : readFileSync(target.path, 'utf8').trim().split('\n')
      return { report, lines }
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

export const tableEnd = (table: string, more: object = {}, server: ServerChoice = 'embedded') => ({
  kind: 'table',
  server,
  table,
  ...more,
})
