import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runDetailSchema, runSchema, type Run, type RunDetail } from '../../src/shared/index.ts'
import { contents, House, openHouse, urlOf } from '../support/cli.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { holdingProxy, type HoldingProxy } from '../support/holding-proxy.ts'
import { serve, type Served } from '../support/served.ts'

const rows = 1000
const env = { FLATHOUSE_PASSWORD: password }
const loading = /INSERT INTO .*__flathouse_/
const moving = /MOVE PARTITION/

let theirs: TestServer
let house: House
/** The way to their server. */
let way: HoldingProxy
beforeAll(async () => {
  theirs = await startServer()
})
afterAll(() => theirs[Symbol.asyncDispose]())
beforeEach(async () => {
  const sql = 'CREATE OR REPLACE TABLE t (id UInt32) ENGINE = MergeTree ORDER BY id PARTITION BY id % 4'
  await theirs.server.command(sql)
  way = await holdingProxy(theirs.connection)
  house = new House()
  house.write('ids.csv', `id\n${Array.from({ length: rows }, (_, index) => `${index}\n`).join('')}`)
})
afterEach(async () => {
  way.open()
  await way[Symbol.asyncDispose]()
  for (const table of Object.keys(await contents(theirs.server))) {
    await theirs.server.command(`DROP TABLE ${table} SYNC`)
  }
})

/** Rows of each table of theirs; staging tables are among them. */
const counts = async () =>
  Object.fromEntries(
    Object.entries(await contents(theirs.server)).map(([table, sum]) => [table, Number(sum.split('-')[0])]),
  )
const owners = () => {
  const folder = join(house.data, 'owners')
  return existsSync(folder) ? readdirSync(folder) : []
}

describe('a command that is killed', () => {
  afterEach(() => house[Symbol.asyncDispose]())

  const load = (more: string[] = []) => ['import', 'ids.csv', '--table', 't', ...more]
  const toTheirs = () => ['--url', urlOf(way.connection)]

  /** Ends the command when its statement is held. */
  async function killed(held: Promise<void>, args = load(toTheirs())): Promise<void> {
    const cli = house.start(args, { env })
    const ended = cli.answer.then(({ stderr }) => {
      throw new Error(`it was not held: ${stderr}`)
    })
    ended.catch(() => undefined)
    await Promise.race([held, ended])
    cli.process.kill('SIGKILL')
    await cli.answer
    way.open()
  }

  it('while it loads has changed nothing, and the next one clears away what it left', async () => {
    await killed(way.hold(loading))
    expect(Object.keys(await counts())).toHaveLength(2)
    const { exitCode, stdout, stderr } = await house.run([...load(toTheirs()), '--json'], { env })
    expect([exitCode, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ rowsWritten: rows })])
    expect(stderr).toMatch(
      /^The run [0-9a-f-]{36} of \d{4}-\d\d-\d\d, ended before it was complete, was cleared away: nothing was changed\.$/m,
    )
    expect([await counts(), owners()]).toEqual([{ t: rows }, []])
  })

  it.each([
    ['before anything is moved', 'lost'],
    ['when all has been moved, and nobody has heard of it', 'unanswered'],
  ] as const)('while it commits, %s, is completed by the next one', async (_, fate) => {
    await killed(way.hold(moving, fate))
    const { exitCode, stderr } = await house.run(load(toTheirs()), { env })
    expect(stderr).toMatch(
      /^The run [0-9a-f-]{36} of \d{4}-\d\d-\d\d, ended while it committed, was completed: 1,000 rows in main\.t\.$/m,
    )
    expect([exitCode, await counts(), owners()]).toEqual([0, { t: 2 * rows }, []])
  })

  it('is recovered only with secrets that were given for its server', async () => {
    await killed(way.hold(moving))
    const before = way.asked
    const other = await house.run(load(), { env: { FLATHOUSE_PASSWORD: 'of another server' } })
    expect([other.exitCode, way.asked]).toEqual([0, before])
    expect(other.stderr).toContain('is not completed yet: 127.0.0.1')
    expect((await counts())['t']).toBe(0)
  })

  it('while it divides records leaves no table in the embedded database after the next one', async () => {
    house.write('faulty.csv', 'id\n1\nx\n2\n')
    await theirs.server.command('CREATE TABLE log (id UInt32) ENGINE = Null')
    const args = ['import', 'faulty.csv', '--table', 'log', '--on-error', 'skip', ...toTheirs()]
    await killed(way.hold(/INSERT INTO/), args)
    const helpers = async () => {
      await using open = await openHouse(house)
      return (await open.server.tables(open.server.database)).map(({ table }) => table)
    }
    expect(await helpers()).not.toEqual([])
    const { exitCode, stderr } = await house.run(['import', 'ids.csv', '--table', 'mine'])
    expect([exitCode, await helpers(), owners()]).toEqual([0, ['mine'], []])
    expect(stderr).toContain('was cleared away: rows that had arrived by then stay in the table.')
  })
})

describe('a service', () => {
  let served: Served
  beforeEach(async () => {
    const added = await house.run(['connections', 'add', 'theirs', '--url', urlOf(way.connection)], { env })
    expect(added.exitCode).toBe(0)
    served = await serve(house, ['--workspace', house.files, '--grace', '2'])
  })
  afterEach(() => served[Symbol.asyncDispose]())

  async function ask(path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${served.url}/api/v1/${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { ...(await served.headers()), ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    return await answer.json()
  }
  const start = async (more: object = {}): Promise<Run> => {
    const transfer = {
      direction: 'import',
      source: { kind: 'file', path: 'ids.csv' },
      target: { kind: 'table', server: 'theirs', table: 't' },
      ...more,
    }
    return runSchema.parse(await ask('runs', { transfer }))
  }
  const get = async (id: string) => runDetailSchema.parse(await ask(`runs/${id}`))
  async function until(id: string, isIt: (run: RunDetail) => boolean): Promise<RunDetail> {
    for (;;) {
      const run = await get(id)
      if (isIt(run)) return run
      await sleep(100)
    }
  }
  /** What a start could not end within its first seconds goes on after it. */
  const untilCompleted = (id: string) => until(id, ({ status }) => status === 'completed')
  const again = { retry: { attempts: 3, afterRestart: true } }
  const interrupted = {
    status: 'interrupted',
    report: { status: 'interrupted', error: { code: 'RUN_INTERRUPTED' } },
  }
  const completed = { status: 'completed', report: { status: 'completed', rowsWritten: rows, error: null } }
  const messageOf = ({ report }: RunDetail) => report?.error?.message

  /** Starts a run, ends the service when a statement of it is held, and starts it again. */
  async function ended(signal: NodeJS.Signals, held: Promise<void>, more: object = {}): Promise<string> {
    const { id } = await start(more)
    await held
    await served.stop(signal)
    way.open()
    await served.start()
    return id
  }

  it('that is killed while a run loads has changed nothing, and says so', async () => {
    const id = await ended('SIGKILL', way.hold(loading))
    const run = await get(id)
    expect(run).toMatchObject(interrupted)
    expect(messageOf(run)).toBe('Flathouse ended during this run; nothing was changed.')
    expect(run.log.at(-1)?.message).toBe(messageOf(run))
    await expect.poll(counts).toEqual({ t: 0 })
    await expect.poll(owners).toHaveLength(1)
  })

  it('that is killed while a run loads begins it again, when that is wanted', async () => {
    const id = await ended('SIGKILL', way.hold(loading), again)
    const run = await untilCompleted(id)
    expect(run).toMatchObject(completed)
    expect(run.report?.failedAttempts).toMatchObject([{ number: 1, error: { code: 'RUN_INTERRUPTED' } }])
    expect(run.log.map(({ number }) => number)).toEqual(run.log.map((_, index) => index + 1))
    expect(await counts()).toEqual({ t: rows })
  })

  it.each(['lost', 'unanswered'] as const)(
    'that is killed while a run commits completes it, when the statement is %s',
    async (fate) => {
      const run = await untilCompleted(await ended('SIGKILL', way.hold(moving, fate), again))
      expect(run).toMatchObject(completed)
      expect([await counts(), run.report?.commit]).toEqual([{ t: rows }, 'partition-move'])
    },
  )

  it('starts without a host that does not answer, and completes the commit when it does', async () => {
    const { id } = await (async () => {
      const held = way.hold(moving)
      const run = await start()
      await held
      return run
    })()
    await served.stop('SIGKILL')
    way.open()
    void way.hold(/./, 'late')
    await served.start()
    const run = await get(id)
    expect(run).toMatchObject(interrupted)
    expect(messageOf(run)).toMatch(/^The commit of this run broke off, and .* cannot be asked now/)
    expect((await counts())['t']).toBe(0)
    way.open()
    expect(await untilCompleted(id)).toMatchObject(completed)
    expect(await counts()).toEqual({ t: rows })
  })

  it('that is stopped while a run loads drops what was staged; again, if wanted', async () => {
    const run = await get(await ended('SIGTERM', way.hold(loading)))
    expect(run).toMatchObject(interrupted)
    expect(messageOf(run)).toBe('Flathouse was stopped during this run; nothing was changed.')
    await expect.poll(counts).toEqual({ t: 0 })
    const next = await untilCompleted(await ended('SIGTERM', way.hold(loading), again))
    expect(next).toMatchObject(completed)
    expect(next.report?.failedAttempts).toHaveLength(1)
    expect(await counts()).toEqual({ t: rows })
  })

  it('that is stopped while a run commits lets it complete', async () => {
    const held = way.hold(moving, 'late')
    const { id } = await start()
    await held
    const stopped = served.stop('SIGTERM')
    // It listens no more, and waits.
    await expect
      .poll(() =>
        fetch(served.url).then(
          () => true,
          () => false,
        ),
      )
      .toBe(false)
    way.open()
    await stopped
    expect([await counts(), owners()]).toEqual([{ t: rows }, []])
    await served.start()
    const run = await get(id)
    expect(run).toMatchObject(completed)
    expect(run.log.map(({ message }) => message).join()).not.toContain('broke')
  })

  it('that is stopped while a run commits waits no longer than its grace, and completes it at the next start', async () => {
    const run = await untilCompleted(await ended('SIGTERM', way.hold(moving)))
    expect(run).toMatchObject(completed)
    expect(run.log.map(({ message }) => message)).toContain(
      'Flathouse was stopped while this run was committing; the commit will be completed when it is started again.',
    )
    expect(await counts()).toEqual({ t: rows })
  })
})
