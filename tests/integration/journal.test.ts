import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { reportSchema, transferSchema, type Report } from '../../src/shared/index.ts'
import {
  openJournal,
  openStore,
  type Journal,
  type JournalEntry,
  type StoredRun,
} from '../../src/store/index.ts'
import { errorOf } from '../support/clickhouse-server.ts'
import { removeFolder } from '../support/folder.ts'

let dataDir: string
const processes: ChildProcess[] = []
beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'flathouse-journal-'))))
afterEach(async () => {
  for (const child of processes.splice(0)) await kill(child)
  removeFolder(dataDir)
})

const entry = (runId: string, attempt = 1): JournalEntry => ({
  runId,
  attempt,
  server: { protocol: 'https', host: 'ch.example', port: 8443, database: 'd', user: 'u' },
  label: 'ch.example:8443',
  database: 'd',
  staging: `__flathouse_${runId}`,
  target: 'täble “t”',
  commit: 'partition-move',
  committing: null,
  startedAt: '2026-11-21T19:00:00.000Z',
})
const report: Report = reportSchema.parse({
  runId: 'a',
  status: 'completed',
  strategy: 'pipe',
  commit: 'partition-move',
  rowsRead: 3,
  rowsWritten: 3,
  rowsRejected: 0,
  bytesRead: 1,
  bytesWritten: 1,
  durationMs: 1,
  verification: null,
  rejectsFile: null,
  warnings: [],
  error: null,
})
const committing: NonNullable<JournalEntry['committing']> = {
  mark: {
    kind: 'partition-move',
    partitions: [{ id: '1', rows: '18446744073709551615', before: '0' }],
  },
  report,
}
const storedRun = (id: string): StoredRun => ({
  id,
  transfer: transferSchema.parse({
    direction: 'import',
    source: { kind: 'file', path: 'a.csv' },
    target: { kind: 'table', server: 'prod', table: 't' },
  }),
  ...{ status: 'committing', createdAt: '2026-11-21T19:00:00.000Z', startedBy: null, endedAt: null },
  progress: {
    ...{ rows: 5, bytes: 5, totalRows: null, totalBytes: 9, fraction: 0.5, elapsedMs: 3, rates: [] },
    ...{ rowsPerSecond: 7, bytesPerSecond: 7, secondsLeft: 7 },
  },
  ...{ waitsForToken: null, report: null, log: [], failedAttempts: [] },
})
const owners = () => readdirSync(join(dataDir, 'owners'))
const idsOf = (entries: unknown) => (entries as JournalEntry[]).map(({ runId }) => runId).sort()

/** A journal in another process. */
interface Other {
  child: ChildProcess
  ask(call: keyof Journal, ...args: unknown[]): Promise<unknown>
}

const program = fileURLToPath(new URL('../support/journal-process.ts', import.meta.url))

function start(before: string[] = []): Other {
  const line = [...before, process.execPath, program, dataDir]
  const child = spawn(line[0] ?? '', line.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] })
  processes.push(child)
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    child,
    async ask(...call) {
      child.stdin.write(`${JSON.stringify(call)}\n`)
      const { value, done } = await lines.next()
      if (done === true) throw new Error('the process has ended')
      return JSON.parse(value) as unknown
    },
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

describe('of one process', () => {
  it('keeps an entry as it was given until it is ended', async () => {
    await using journal = await openJournal(dataDir)
    const [one, other] = [entry('a'), entry('a', 2)]
    await journal.begin(one)
    await journal.begin(other)
    await journal.beginCommit(other, committing)
    expect([...(await journal.openRuns())]).toEqual(['a'])
    expect(await journal.takeOrphans()).toEqual([])
    await journal.release(one)
    await journal.release(other)
    expect(await journal.takeOrphans()).toEqual([one, { ...other, committing }])
    expect(await journal.takeOrphans()).toEqual([])
    await journal.end(one)
    await journal.end(other)
    expect([...(await journal.openRuns())]).toEqual([])
  })

  it('leaves no file when it is closed, unless it is still at something', async () => {
    const first = await openJournal(dataDir)
    await first.begin(entry('a'))
    expect(owners()).toHaveLength(1)
    await first.end(entry('a'))
    await first[Symbol.asyncDispose]()
    expect(owners()).toEqual([])
    const second = await openJournal(dataDir)
    await second.begin(entry('b'))
    await second[Symbol.asyncDispose]()
    await using third = await openJournal(dataDir)
    expect(await third.takeOrphans()).toEqual([])
    expect(owners()).toHaveLength(1)
  })

  it('keeps the report of a commit that is complete, should nobody live to tell it', async () => {
    await using store = await openStore(dataDir)
    await using journal = await openJournal(dataDir)
    const told = {
      ...storedRun('b'),
      endedAt: '2026-11-21T19:00:01.000Z',
      report: { ...report, rowsWritten: 5 },
    }
    for (const run of [storedRun('a'), storedRun('c')]) await store.runs.insert(run)
    await store.runs.insert(told)
    for (const id of ['a', 'b', 'c']) {
      await journal.begin(entry(id))
      await journal.beginCommit(entry(id), committing)
    }
    await journal.undoCommit(entry('c'))
    await journal.release(entry('c'))
    expect(await journal.takeOrphans()).toEqual([entry('c')])
    for (const id of ['a', 'b']) await journal.completeCommit({ ...entry(id), committing })
    const complete = { ...committing, isComplete: true as const }
    await journal.end({ ...entry('a'), committing: complete })
    await journal.end({ ...entry('b'), committing: complete })
    await journal.end({ ...entry('c'), committing })
    expect(await store.runs.get('a')).toEqual({ ...storedRun('a'), report })
    expect(await store.runs.get('b')).toEqual(told)
    expect(await store.runs.get('c')).toEqual(storedRun('c'))
  })

  it('begins no commit of what is not in it', async () => {
    await using journal = await openJournal(dataDir)
    expect(await errorOf(journal.beginCommit(entry('a'), committing))).toMatchObject({
      code: 'STATE_UNUSABLE',
    })
  })
})

describe('of several processes', () => {
  it('gives nothing of a living one away, and all of a dead one', async () => {
    await using journal = await openJournal(dataDir)
    const other = start()
    await other.ask('begin', entry('a'))
    await other.ask('begin', entry('b'))
    await other.ask('beginCommit', entry('b'), committing)
    await journal.begin(entry('mine'))
    expect(await journal.takeOrphans()).toEqual([])
    expect(owners()).toHaveLength(2)
    await kill(other.child)
    expect(await journal.takeOrphans()).toEqual([entry('a'), { ...entry('b'), committing }])
    expect(owners()).toHaveLength(1)
  })

  it('gives what a living one has released to one of the others', async () => {
    const [one, other] = [start(), start()]
    await one.ask('begin', entry('a'))
    await one.ask('begin', entry('kept'))
    await one.ask('release', entry('a'))
    expect(idsOf(await other.ask('takeOrphans'))).toEqual(['a'])
    expect(idsOf(await one.ask('takeOrphans'))).toEqual([])
  })

  it('gives the turn to commit into a table to one of them, until it ends', async () => {
    await using journal = await openJournal(dataDir)
    const [one, other] = [start(), start()]
    const turns = () => readdirSync(join(dataDir, 'commits')).length
    await one.ask('begin', entry('a'))
    expect(await one.ask('takeTurn', entry('a'))).not.toBeNull()
    expect(await other.ask('takeTurn', { ...entry('b'), target: 'another' })).not.toBeNull()
    expect(await other.ask('takeTurn', entry('b'))).toBeNull()
    expect(await journal.takeTurn(entry('c'))).toBeUndefined()
    expect(turns()).toBe(2)
    await kill(one.child)
    await using turn = await journal.takeTurn(entry('c'))
    expect(turn).toBeDefined()
    expect(await journal.takeTurn(entry('d'))).toBeUndefined()
    await turn?.[Symbol.asyncDispose]()
    expect(turns()).toBe(1)
    await kill(other.child)
    expect([idsOf(await journal.takeOrphans()), turns()]).toEqual([['a'], 0])
  })

  it('gives every orphan to exactly one of those that ask at once', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `run${index}`).sort()
    const dead = [start(), start(), start()]
    for (const [index, id] of ids.entries()) await dead[index % dead.length]?.ask('begin', entry(id))
    const others = Array.from({ length: 5 }, () => start())
    await Promise.all(others.map((other) => other.ask('openRuns')))
    await Promise.all(dead.map(({ child }) => kill(child)))
    for (let round = 0; round < 5; round++) {
      const taken = await Promise.all(others.map((other) => other.ask('takeOrphans')))
      expect(taken.flatMap(idsOf).sort()).toEqual(ids)
      // Released again for the next round.
      await Promise.all(
        taken.map(async (entries, index) => {
          for (const one of entries as JournalEntry[]) await others[index]?.ask('release', one)
        }),
      )
    }
  })

  it('begins and ends beside others that look for orphans, and loses nothing', async () => {
    const [writer, ...lookers] = [start(), start(), start()]
    let isDone = false
    const looking = lookers.map(async (looker) => {
      const found: unknown[] = []
      while (!isDone) found.push(...((await looker.ask('takeOrphans')) as unknown[]))
      return found
    })
    for (let index = 0; index < 20; index++) {
      // Each time an owner comes and goes.
      const brief = await openJournal(dataDir)
      await brief.begin(entry(`brief${index}`))
      await writer.ask('begin', entry(`run${index}`))
      await brief.end(entry(`brief${index}`))
      await brief[Symbol.asyncDispose]()
    }
    isDone = true
    expect((await Promise.all(looking)).flat()).toEqual([])
    expect((await writer.ask('openRuns')) as object).toEqual({})
    await using journal = await openJournal(dataDir)
    expect((await journal.openRuns()).size).toBe(20)
  })

  const apart = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc']
  const canUnshare = spawnSync(apart[0] ?? '', [...apart.slice(1), 'true']).status === 0
  it.skipIf(!canUnshare)('does not mind that both have the same number, each in a container', async () => {
    const [one, other] = [start(apart), start(apart)]
    await one.ask('begin', entry('a'))
    await other.ask('begin', entry('b'))
    expect(idsOf(await other.ask('takeOrphans'))).toEqual([])
    expect(idsOf(await one.ask('takeOrphans'))).toEqual([])
    await kill(one.child)
    await expect.poll(async () => idsOf(await other.ask('takeOrphans'))).toEqual(['a'])
  })
})
