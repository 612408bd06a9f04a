import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openServer, type Server } from '../../src/clickhouse/index.ts'
import { launchServer, type RunningServer, type UserSpec } from '../../src/embedded/index.ts'
import type { Connection } from '../../src/shared/index.ts'
import { removeFolder } from './folder.ts'

export const password = 'p4ss word/é'

/** A ClickHouse of its own in a folder of its own, and an open server for its user `tester`. */
export interface TestServer extends AsyncDisposable {
  running: RunningServer
  server: Server
  connection: Connection
}

export async function startServer(others: UserSpec[] = [], label?: string): Promise<TestServer> {
  const dir = mkdtempSync(join(tmpdir(), 'flathouse-clickhouse-'))
  const users = [{ name: 'tester', password }, ...others]
  const running = await launchServer({ dir, users, memoryLimit: 1_500_000_000 })
  const { hostname, port } = new URL(running.url)
  const connection = {
    protocol: 'http' as const,
    host: hostname,
    port: Number(port),
    database: 'main',
    user: 'tester',
  }
  const server = openServer(connection, { password }, { ...(label !== undefined && { label }) })
  return {
    running,
    connection,
    server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await running.stop()
      removeFolder(dir)
    },
  }
}

/** The AppError that a promise ends with. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}
