import { expect } from 'vitest'
import type { Server } from '../../src/clickhouse/index.ts'
import type { UserSpec } from '../../src/embedded/index.ts'
import type { ErrorCode } from '../../src/shared/index.ts'
import { contents, House, openHouse, urlOf } from './cli.ts'
import { password, startServer, type TestServer } from './clickhouse-server.ts'

export type Expected = [exitCode: number, code: ErrorCode, message: string | RegExp]

/** A house, its embedded server and another server, each with a table `t` of 1,000 rows. */
export interface Scene extends AsyncDisposable {
  house: House
  embedded: Server
  remote: TestServer
  /** The arguments that name the other server. */
  connection: string[]
  /** The command fails as expected, in one sentence with a hint. */
  fails(args: string[], expected: Expected, env?: Record<string, string>): Promise<void>
  /** It also changes nothing anywhere and leaves nothing behind. */
  refuses(args: string[], expected: Expected, env?: Record<string, string>): Promise<void>
  /** Nothing has changed since the scene was set, and nothing is left behind. */
  isUntouched(): Promise<void>
}

interface SceneOptions {
  users?: UserSpec[]
  /** SQL that both servers run before they are looked at for the first time. */
  sql?: string[]
}

export async function openScene({ users = [], sql = [] }: SceneOptions = {}): Promise<Scene> {
  await using stack = new AsyncDisposableStack()
  const house = stack.use(new House())
  const embedded = stack.use(await openHouse(house)).server
  const remote = stack.use(await startServer(users))
  for (const server of [embedded, remote.server]) {
    await server.command('CREATE TABLE t (id UInt32, name String, day Date) ENGINE = MergeTree ORDER BY id')
    await server.command("INSERT INTO t SELECT number, toString(number), '2024-01-01' FROM numbers(1000)")
    for (const statement of sql) await server.command(statement)
  }
  const seen = async () => ({ embedded: await contents(embedded), remote: await contents(remote.server) })
  const before = await seen()
  const fails: Scene['fails'] = async (args, expected, env = { FLATHOUSE_PASSWORD: password }) => {
    const { exitCode, report } = await house.transfer(args, { env })
    const { code, message, hint } = report.error ?? {}
    const [, , words] = expected
    expect([exitCode, code, message]).toEqual([
      ...expected.slice(0, 2),
      typeof words === 'string' ? expect.stringContaining(words) : expect.stringMatching(words),
    ])
    expect(message).toMatch(/^[^\n]{1,400}[.…]$/)
    expect(hint).toMatch(/^.+\.$/)
  }
  const isUntouched = async () => {
    expect(await seen()).toEqual(before)
    expect(house.parts()).toEqual([])
  }
  const kept = stack.move()
  return {
    house,
    embedded,
    remote,
    connection: ['--url', urlOf(remote.connection)],
    fails,
    async refuses(...given) {
      await fails(...given)
      await isUntouched()
    },
    isUntouched,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
