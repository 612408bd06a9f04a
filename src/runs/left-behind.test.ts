import { describe, expect, it } from 'vitest'
import { AppError, transferSchema, type Commit, type RunStatus } from '../shared/index.ts'
import type { JournalEntry, StoredRun } from '../store/index.ts'
import { beginsAgain, queuedAgain, withEnd } from './left-behind.ts'
import type { Recovered } from './recover.ts'
import { emptyReport } from './run.ts'

const file = { kind: 'file', path: 'a.csv' } as const
const table = { kind: 'table', server: 'prod', table: 't' } as const
const problem = new AppError('CONNECTION_LOST', 'It went away.')
const error = problem.toBody()
const failed = { number: 1, startedAt: '2026-01-01T00:00:00.000Z', durationMs: 5, error }

function run(status: RunStatus, more: Partial<StoredRun> = {}, attempts = 3, afterRestart = true): StoredRun {
  const retry = { attempts, afterRestart }
  return {
    id: 'a',
    transfer: transferSchema.parse({ direction: 'import', source: file, target: table, retry }),
    status,
    createdAt: '2026-01-01T00:00:00.000Z',
    startedBy: null,
    endedAt: null,
    progress: {
      ...{ rows: 5, bytes: 5, totalRows: null, totalBytes: 9, fraction: 0.5, elapsedMs: 3, rates: [] },
      ...{ rowsPerSecond: 7, bytesPerSecond: 7, secondsLeft: 7 },
    },
    waitsForToken: null,
    report: null,
    log: [{ number: 7, at: '2026-01-01T00:00:00.000Z', level: 'info', message: 'Queued.' }],
    failedAttempts: [],
    ...more,
  }
}
const exported = transferSchema.parse({
  direction: 'export',
  source: table,
  target: file,
  retry: { attempts: 3, afterRestart: true },
})
const report = { ...emptyReport('a'), status: 'completed' as const, rowsWritten: 9, durationMs: 4 }

function left(
  outcome: Recovered['outcome'],
  commit: Commit = 'partition-move',
  isBegun = false,
  isComplete = false,
): Recovered {
  const mark = { kind: 'rename', uuid: '' } as const
  const entry: JournalEntry = {
    ...{ runId: 'a', attempt: 1, server: 'prod', label: 'ch:1', database: 'd', staging: 's', target: 't' },
    ...{
      commit,
      committing: isBegun ? { mark, report, ...(isComplete && { isComplete }) } : null,
      startedAt: '2026-01-01T00:00:00.000Z',
    },
  }
  return { entry, outcome }
}

describe('a run that was cut off begins again', () => {
  it.each([
    ['when what it had staged is dropped', run('ingesting'), [left('dropped')], true],
    ['when it was queued', run('queued'), [], true],
    ['when it had sent nothing', run('fetching'), [], true],
    ['when its file is as it was', run('ingesting', { transfer: exported }), [], true],
    ['not when that is not wanted', run('queued', {}, 3, false), [], false],
    ['not when it has been tried often enough', run('fetching', { failedAttempts: [failed] }, 2), [], false],
    ['not when it may have sent rows', run('ingesting'), [], false],
    ['not when rows went straight into the table', run('ingesting'), [left('dropped', 'direct')], false],
    ['not when they went as one block', run('ingesting'), [left('dropped', 'single-block')], false],
    ['not when something is left', run('ingesting'), [left('dropped'), left('unreachable')], false],
    ['not when it is complete', run('committing'), [left('completed', 'rename', true)], false],
    ['not when it was complete', run('committing', { report }), [], false],
  ])('%s', (_, stored, recovered, expected) => {
    expect(beginsAgain(stored, recovered)).toBe(expected)
  })

  it('as its next attempt', () => {
    const again = queuedAgain(withEnd(run('ingesting', { failedAttempts: [failed] }), [left('dropped')]))
    expect(again).toMatchObject({ id: 'a', status: 'queued', endedAt: null, report: null })
    expect(again.failedAttempts).toMatchObject([failed, { number: 2, error: { code: 'RUN_INTERRUPTED' } }])
    expect(again.log.at(-1)).toMatchObject({
      number: 8,
      message: 'Flathouse ended during this run; nothing was changed.',
    })
  })
})

describe('the end of a run that was cut off', () => {
  it.each<[string, StoredRun, Recovered[]]>([
    [
      'when its commit was completed',
      run('committing'),
      [left('dropped'), left('completed', 'rename', true)],
    ],
    [
      'when it was complete, and only its staging table is left',
      run('committing'),
      [left('unreachable', 'exchange', true, true)],
    ],
    ['when only its end was not told', run('committing', { report }), []],
  ])('is the report of its commit %s', (_, stored, recovered) => {
    const ended = withEnd({ ...stored, failedAttempts: [failed] }, recovered)
    const told = { ...report, failedAttempts: [failed] }
    expect(ended).toMatchObject({ status: 'completed', report: told, progress: { rows: 9, fraction: 1 } })
    expect(ended.endedAt).not.toBeNull()
  })

  it.each<[RunStatus, Recovered[], string]>([
    ['connecting', [], 'Flathouse ended before this run moved anything; nothing was changed.'],
    ['ingesting', [left('unreachable')], 'Flathouse ended during this run; nothing was changed.'],
    ['ingesting', [left('dropped', 'direct')], 'rows that had arrived by then stay in the table.'],
    ['ingesting', [left('dropped', 'single-block')], 'the table has all of its rows, or none.'],
    ['ingesting', [], 'the target is as it was, unless rows went straight into the table.'],
    ['committing', [left('unreachable', 'rename', true)], 'as soon as it can: ch:1 cannot be asked now.'],
    ['committing', [{ ...left('unreachable', 'rename', true), problem }], 'as soon as it can: It went away.'],
    ['ingesting', [{ ...left('unreachable'), problem }], 'The table d.s on ch:1 is still there'],
    ['committing', [left('abandoned', 'rename', true)], 'somebody has dropped d.s on ch:1'],
    ['committing', [left('unclear', 'rename', true)], 'cannot be told: they are kept in d.s on ch:1.'],
  ])('is an honest sentence: %s, %j', (status, recovered, sentence) => {
    const ended = withEnd(run(status), recovered)
    expect(ended).toMatchObject({ status: 'interrupted', report: { error: { code: 'RUN_INTERRUPTED' } } })
    expect(ended.report?.error?.message).toContain(sentence)
    expect(ended.log.at(-1)?.message).toBe(ended.report?.error?.message)
    if (recovered.length > 0) expect(withEnd(ended, recovered)).toBe(ended)
  })
})
