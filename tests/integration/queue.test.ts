import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openSurroundings } from '../../src/main/open.ts'
import type { RunUpdate } from '../../src/runs/index.ts'
import { runDetailSchema, type Run } from '../../src/shared/index.ts'
import { transferring } from '../support/cli.ts'
import { errorOf, password } from '../support/clickhouse-server.ts'
import { openYard, stateFolder, type OpenQueue, type Yard } from '../support/queue.ts'
import { stopwatch } from '../support/stopwatch.ts'

let yard: Yard
let open: OpenQueue
beforeAll(async () => {
  yard = await openYard()
})
afterAll(() => yard[Symbol.asyncDispose]())
beforeEach(async () => {
  open = await yard.open()
})
afterEach(() => open[Symbol.asyncDispose]())

const numbers = (rows: number) =>
  `SELECT number AS id, toString(number * 7) AS name, number / 3 AS share FROM numbers(${rows})`
const exported = (sql: string, name: string) => ({
  direction: 'export',
  source: { kind: 'query', server: yard.theirs.connection, sql },
  target: { kind: 'file', path: yard.path(name) },
})
const imported = (name: string, table: string, more: object = {}) => ({
  direction: 'import',
  source: { kind: 'file', path: yard.path(name) },
  target: { kind: 'table', server: 'embedded', table },
  orderBy: ['id'],
  ...more,
})
/** Takes about ten seconds, and longer than any test lets it. */
const slow = (name: string) =>
  exported('SELECT number AS id, sleepEachRow(0.00001) AS z FROM numbers(1000000)', name)
const messages = ({ log }: { log: { message: string }[] }) => log.map(({ message }) => message)
const of = (id: string, updates: RunUpdate[]): Run[] =>
  updates.flatMap((update) => (update.type === 'run' && update.run.id === id ? [update.run] : []))

describe('progress', () => {
  beforeAll(async () => {
    await using first = await yard.open()
    const many = ['many.csv', 'many.csv.gz'].map((name) => exported(numbers(4_000_000), name))
    for (const transfer of [...many, imported('many.csv', 'many')]) {
      expect((await first.run(transfer)).report?.error).toBeNull()
    }
  })

  it.each<[string, number, () => object]>([
    ['an import that finds types first', 4_000_000, () => imported('many.csv', 'new_plain')],
    ['an import of a compressed file', 4_000_000, () => imported('many.csv.gz', 'new_packed')],
    [
      'an import to another server',
      4_000_000,
      () => ({
        ...imported('many.csv', 'new_piped'),
        target: { kind: 'table', server: yard.theirs.connection, table: 'new_piped' },
      }),
    ],
    ['an export of a query', 4_000_000, () => exported(numbers(4_000_000), 'again.csv')],
    [
      'an export of few rows of many',
      2_000_000,
      () => exported(`SELECT id FROM (${numbers(100_000_000)}) WHERE id % 50 = 0`, 'few.csv'),
    ],
    [
      'an export of some rows within one server',
      2_000_000,
      () => ({
        ...exported('', 'half.csv.gz'),
        source: { kind: 'table', server: 'embedded', table: 'many' },
        where: 'id % 2 = 0',
      }),
    ],
    [
      'a conversion',
      4_000_000,
      () => ({
        direction: 'convert',
        source: { kind: 'file', path: yard.path('many.csv') },
        target: { kind: 'file', path: yard.path('many.tsv') },
        types: true,
      }),
    ],
  ])('of %s only goes forward and ends where the report does', async (_, rows, transfer) => {
    const detail = await open.run(transfer())
    expect(detail.report).toMatchObject({ error: null, rowsWritten: rows, runId: detail.id })
    const runs = of(detail.id, open.updates)
    for (const key of ['rows', 'bytes', 'fraction', 'elapsedMs'] as const) {
      const values = runs.map(({ progress }) => progress[key] ?? 0)
      expect(values).toEqual(values.toSorted((one, other) => one - other))
    }
    for (const { progress, status } of runs) {
      if (status !== 'completed') expect(progress.fraction ?? 0).toBeLessThanOrEqual(0.99)
      expect(progress.rates.length).toBeLessThanOrEqual(120)
    }
    expect(runs.at(-1)).toMatchObject({
      status: 'completed',
      progress: { rows, fraction: 1, totalRows: rows },
    })
    const between = runs.filter(({ progress }) => progress.rows > 0 && progress.rows < rows)
    expect(between.length).toBeGreaterThan(0)
    expect(between.some(({ progress }) => progress.rowsPerSecond > 0)).toBe(true)
    expect(runDetailSchema.parse(detail)).toEqual(detail)
  })

  it('knows the time that has passed while nothing else happens', async () => {
    await using stuck = await yard.open({
      surroundings: { ...yard.surroundings, server: () => new Promise(() => undefined) },
    })
    const id = await stuck.start(imported('many.csv', 'never'))
    await sleep(2500)
    const passed = of(id, stuck.updates).map(({ progress }) => progress.elapsedMs)
    expect(passed.length).toBeGreaterThanOrEqual(3)
    expect(passed.at(-1)).toBeGreaterThanOrEqual(1900)
  })
})

it('tells in plain words what it does', async () => {
  const first = await open.run(exported(numbers(3), 'three.csv'))
  const host = `${yard.theirs.connection.host}:${yard.theirs.connection.port}`
  expect(messages(first)).toEqual([
    'Queued.',
    `Connecting to ${host}.`,
    `Looking at the query on ${host}.`,
    `Moving rows from the query on ${host} to ${yard.path('three.csv')}.`,
    'All rows have arrived. Committing.',
    expect.stringMatching(/^Moved 3 rows in \d+\.\d s, all at once, as a complete file\.$/),
    'Row counts are equal on both ends: 3.',
  ])
  const missing = await open.run(imported('none.csv', 't'))
  const last = missing.log.at(-1)
  expect(last).toMatchObject({ level: 'error', message: missing.report?.error?.message })
  expect(missing).toMatchObject({
    status: 'failed',
    report: { status: 'failed', error: { code: 'FILE_NOT_FOUND' } },
  })
  const told = open.updates.flatMap((update) =>
    update.type === 'log' && update.runId === missing.id ? update.lines : [],
  )
  expect(told).toEqual(missing.log.slice(1))
})

it('is the same after a restart: state, report and log', async () => {
  const before = await open.run(exported(numbers(3), 'three.csv'))
  const { runs } = await open.queue.list({ limit: 50 })
  await open[Symbol.asyncDispose]()
  open = await yard.open()
  expect(await open.queue.get(before.id)).toEqual(before)
  expect(await open.queue.list({ limit: 50 })).toEqual({ runs, more: false })
  expect(open.queue.live()).toEqual([])
})

it('is there to be read, log included, from the moment it is started', async () => {
  const id = await open.start(slow('slow.csv'))
  expect(await open.queue.get(id)).toMatchObject({ id, report: null, endedAt: null })
  const then = await open.until(id, 'ingesting')
  const now = await open.queue.get(id)
  expect(now).toMatchObject({ id, status: 'ingesting', report: null })
  expect(now.log.length).toBe(4)
  expect(now.progress.elapsedMs).toBeGreaterThanOrEqual(then.progress.elapsedMs)
  const { runs } = await open.queue.list({ limit: 1 })
  expect(runs[0]).toMatchObject({ id, status: 'ingesting' })
  expect(open.queue.live().map((run) => run.id)).toEqual([id])
})

it('goes on two at a time, and the others in their order', async () => {
  const ids: string[] = []
  for (let index = 0; index < 5; index++) {
    ids.push(await open.start(exported(numbers(300_000 * (5 - index)), `turn${index}.csv`)))
  }
  expect(messages(await open.queue.get(ids[4] ?? ''))[0]).toBe('Queued behind 4 other runs.')
  await Promise.all(ids.map((id) => open.until(id, 'ended')))
  const began = open.updates.flatMap((update) =>
    update.type === 'run' && update.run.status === 'connecting' ? [update.run.id] : [],
  )
  expect([...new Set(began)]).toEqual(ids)
  const going = new Set<string>()
  let most = 0
  for (const update of open.updates) {
    if (update.type !== 'run' || update.run.status === 'queued') continue
    if (update.run.endedAt === null) going.add(update.run.id)
    else going.delete(update.run.id)
    most = Math.max(most, going.size)
  }
  expect(most).toBe(2)
})

describe('cancel', () => {
  it('ends a run that is going on, and its queries', async () => {
    const id = await open.start(slow('cancelled.csv'))
    await open.until(id, 'ingesting')
    await sleep(500)
    const took = stopwatch()
    expect((await open.queue.cancel(id)).id).toBe(id)
    await open.queue.cancel(id)
    const run = await open.until(id, 'ended')
    expect(took()).toBeLessThan(2500)
    expect(run).toMatchObject({
      status: 'cancelled',
      report: { status: 'cancelled', error: { code: 'CANCELLED' } },
    })
    expect(await transferring(yard.theirs.server)).toEqual([])
    expect(existsSync(yard.path('cancelled.csv'))).toBe(false)
    expect(messages(await open.queue.get(id)).slice(-2)).toEqual(['Cancelling.', run.report?.error?.message])
    expect(await errorOf(open.queue.cancel(id))).toMatchObject({ code: 'RUN_ENDED' })
  })

  it('ends at once what has not begun', async () => {
    const ids = [
      await open.start(slow('a.csv')),
      await open.start(slow('b.csv')),
      await open.start(slow('c.csv')),
    ]
    const last = ids[2] ?? ''
    expect(await open.queue.cancel(last)).toMatchObject({ status: 'cancelled' })
    expect(await open.until(last, 'ended')).toMatchObject({ status: 'cancelled', progress: { elapsedMs: 0 } })
    await open.queue.cancel(ids[0] ?? '')
    await open.until(ids[0] ?? '', 'ended')
    await sleep(300)
    expect(await open.queue.get(last)).toMatchObject({ status: 'cancelled' })
  })

  it('comes too late for a commit, which completes and says so', async () => {
    const cancels: Promise<unknown>[] = []
    open.queue.subscribe((update) => {
      if (update.type !== 'run' || update.run.status !== 'committing' || cancels.length > 0) return
      for (let index = 0; index < 300; index++) cancels.push(open.queue.cancel(update.run.id))
    })
    const { status, log } = await open.run(exported(numbers(10), 'committed.csv'))
    await Promise.all(cancels)
    expect(status).toBe('completed')
    expect(readFileSync(yard.path('committed.csv'), 'utf8').split('\n').length).toBe(12)
    expect(log.filter(({ message }) => message.includes('too late to cancel')).length).toBeGreaterThan(100)
    // However much there is to say.
    expect(log.length).toBe(200)
    expect(log.at(-1)?.number).toBeGreaterThan(300)
  })

  it('finds only what there is', async () => {
    for (const asked of [open.queue.cancel('nobody'), open.queue.get('nobody')]) {
      expect(await errorOf(asked)).toMatchObject({ code: 'RUN_NOT_FOUND' })
    }
  })
})

describe('an end of the process', () => {
  const interrupted = {
    status: 'interrupted',
    report: { status: 'interrupted', error: { code: 'RUN_INTERRUPTED' } },
  }

  it('in order interrupts what is going on and what has not begun', async () => {
    const ids: string[] = []
    for (const name of ['a', 'b', 'c']) ids.push(await open.start(slow(`stopped-${name}.csv`)))
    await open.until(ids[0] ?? '', 'ingesting')
    const took = stopwatch()
    await open[Symbol.asyncDispose]()
    expect(took()).toBeLessThan(5000)
    expect(await transferring(yard.theirs.server)).toEqual([])
    open = await yard.open()
    const [first, , last] = await Promise.all(ids.map((id) => open.queue.get(id)))
    expect(first).toMatchObject(interrupted)
    expect(first?.report?.error?.message).toBe('Flathouse was stopped during this run; nothing was changed.')
    expect(last).toMatchObject(interrupted)
    expect(last?.report?.error?.message).toBe('Flathouse was stopped before this run began.')
  })

  it('does not wait for a run that does not end', async () => {
    const stuck = await yard.open({
      surroundings: { ...yard.surroundings, server: () => new Promise(() => undefined) },
    })
    const id = await stuck.start(slow('stuck.csv'))
    const took = stopwatch()
    await stuck[Symbol.asyncDispose]()
    expect(took()).toBeLessThan(5000)
    expect(await open.queue.get(id)).toMatchObject(interrupted)
  })

  it('by a kill leaves runs that the next start finds interrupted', async () => {
    const module = (name: string) =>
      JSON.stringify(fileURLToPath(new URL(`../../src/${name}`, import.meta.url)))
    const script = `
      const { openSurroundings } = await import(${module('main/open.ts')})
      const { openRunQueue } = await import(${module('runs/index.ts')})
      const { openStore } = await import(${module('store/index.ts')})
      const store = await openStore(${JSON.stringify(yard.path(stateFolder))})
      const config = { dataDir: ${JSON.stringify(yard.path('killed'))}, password: ${JSON.stringify(password)} }
      const surroundings = await openSurroundings(config, {})
      const queue = await openRunQueue({ store, surroundings, atOnce: 1 })
      queue.subscribe((update) => update.type === 'run' && console.log(update.run.status))
      const transfer = ${JSON.stringify({ ...slow('killed.csv'), map: [], verify: 'count' })}
      await queue.start({ ...transfer, target: { ...transfer.target, dialect: {}, encoding: 'utf-8' } }, null)
      await queue.start({ ...transfer, target: { ...transfer.target, dialect: {}, encoding: 'utf-8' } }, null)`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: yard.dir,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('ingesting')) setTimeout(() => child.kill('SIGKILL'), 300)
    })
    await ended
    await open[Symbol.asyncDispose]()
    open = await yard.open()
    const { runs } = await open.queue.list({ limit: 2 })
    const [last, first] = await Promise.all(runs.map(({ id }) => open.queue.get(id)))
    for (const run of [first, last]) expect(run).toMatchObject(interrupted)
    expect(first?.report?.error?.message).toBe('Flathouse ended during this run; nothing was changed.')
    expect(first?.log.at(-1)?.message).toBe(first?.report?.error?.message)
    expect(messages(first ?? { log: [] })).toContain('Queued.')
    expect(last?.report?.error?.message).toBe(
      'Flathouse ended before this run moved anything; nothing was changed.',
    )
    expect(await errorOf(open.queue.cancel(first?.id ?? ''))).toMatchObject({ code: 'RUN_ENDED' })
    expect(existsSync(yard.path('killed.csv'))).toBe(false)
  })
})

it('goes on when its state can no longer be written', async () => {
  const full = () => Promise.reject(new Error('no space left'))
  await using broken = await yard.open({
    store: (store) => ({ ...store, runs: { ...store.runs, update: full } }),
  })
  const id = await broken.start(exported(numbers(10), 'unkept.csv'))
  await broken.until(id, 'ended')
  expect(await broken.queue.get(id)).toMatchObject({ status: 'completed', report: { rowsWritten: 10 } })
})

it('keeps no secret', async () => {
  const secret = 'wr0ng-and-secret'
  await using surroundings = await openSurroundings({ dataDir: yard.path('data'), password: secret }, {})
  await using denied = await yard.open({ surroundings })
  const detail = await denied.run(exported(numbers(1), 'denied.csv'))
  expect(detail.report?.error?.code).toBe('AUTH_FAILED')
  const state = yard.path(stateFolder)
  const kept = readdirSync(state).map((name) => readFileSync(join(state, name), 'latin1'))
  expect(kept.join('')).toContain(detail.id)
  for (const text of [...kept, JSON.stringify(detail), JSON.stringify(denied.updates)]) {
    expect(text).not.toContain(secret)
  }
})
