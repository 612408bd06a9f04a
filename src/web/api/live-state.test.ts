import { describe, expect, it } from 'vitest'
import type { LogLine, Run, RunDetail, RunStatus } from '../../shared/index.ts'
import { isNewer, newerDetail, waitMs, withLines, withRun, withRunInPages } from './live-state.ts'

const run = (status: RunStatus, rows = 0, elapsedMs = rows): Run => ({
  id: 'r1',
  transfer: {
    direction: 'import',
    source: { kind: 'file', path: 'a.csv', dialect: {}, encoding: 'utf-8' },
    target: { kind: 'table', server: 'embedded', table: 't' },
    orderBy: [],
    onError: 'stop',
    map: [],
    verify: 'count',
  },
  status,
  createdAt: '2026-11-21T09:00:00Z',
  startedBy: null,
  endedAt: null,
  waitsForToken: null,
  progress: {
    rows,
    bytes: 0,
    totalRows: null,
    totalBytes: null,
    fraction: null,
    rowsPerSecond: 0,
    bytesPerSecond: 0,
    secondsLeft: null,
    elapsedMs,
    rates: [],
  },
  report: null,
})
const detail = (each: Run, log: LogLine[] = []): RunDetail => ({ ...each, log, command: 'c', yaml: 'y' })
const line = (number: number): LogLine => ({ number, at: '', level: 'info', message: String(number) })

describe('a run as it is now', () => {
  it('never goes back', () => {
    expect(isNewer(run('ingesting', 10), run('ingesting', 5))).toBe(true)
    expect(isNewer(run('ingesting', 5), run('ingesting', 10))).toBe(false)
    expect(isNewer(run('fetching', 10), run('ingesting', 5))).toBe(false)
    expect(isNewer(run('ingesting', 99), run('completed', 98))).toBe(false)
    expect(isNewer(run('cancelled'), run('committing', 5))).toBe(true)
  })

  it('keeps what only the detail knows', () => {
    const before = detail(run('ingesting', 1), [line(0)])
    expect(withRun(before, run('completed', 2))).toMatchObject({
      status: 'completed',
      command: 'c',
      log: [line(0)],
    })
    expect(withRun(before, run('queued'))).toBe(before)
  })

  it('is put where it is listed, and nowhere else', () => {
    const pages = { pageParams: [undefined], pages: [{ runs: [run('queued')], more: false }] }
    expect(withRunInPages(pages, run('fetching'))?.pages[0]?.runs[0]?.status).toBe('fetching')
    expect(withRunInPages(pages, { ...run('fetching'), id: 'r2' })).toBeNull()
  })
})

describe('log lines', () => {
  it('come once each though they arrive twice', () => {
    const before = detail(run('ingesting'), [line(0), line(1)])
    expect(withLines(before, [line(1), line(2)]).log.map(({ number }) => number)).toEqual([0, 1, 2])
    expect(withLines(before, [line(1)])).toBe(before)
  })

  it('takes from a late answer only what is newer', () => {
    const told = detail(run('ingesting', 10), [line(1)])
    const asked = newerDetail(told, detail(run('ingesting', 5), [line(1), line(2)]))
    expect([asked.progress.rows, asked.log.length]).toEqual([10, 2])
    expect(newerDetail(told, detail(run('completed', 12)))).toMatchObject({
      status: 'completed',
      log: [line(1)],
    })
  })

  it('are the last 200', () => {
    const many = Array.from({ length: 300 }, (_, index) => line(index))
    expect(withLines(detail(run('ingesting')), many).log.map(({ number }) => number)).toEqual(
      Array.from({ length: 200 }, (_, index) => index + 100),
    )
  })
})

it('waits longer after every failure, up to 10 s', () => {
  expect(waitMs(0, 1)).toBe(500)
  expect(waitMs(0, 0)).toBe(250)
  expect(waitMs(3, 1)).toBe(4000)
  expect(waitMs(30, 1)).toBe(10_000)
})
