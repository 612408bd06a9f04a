import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { RunUpdate } from '../runs/index.ts'
import {
  AppError,
  transferSchema,
  type LiveEvent,
  type LogLine,
  type Run,
  type RunDetail,
} from '../shared/index.ts'
import { EventFeed } from './event-feed.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const transfer = transferSchema.parse({
  direction: 'import',
  source: { kind: 'file', path: 'f.csv' },
  target: { kind: 'table', server: 'embedded', table: 't' },
})

function detail(id: string, rows = 0): RunDetail {
  const progress = {
    rows,
    bytes: 0,
    totalRows: null,
    totalBytes: null,
    fraction: null,
    rowsPerSecond: 0,
    bytesPerSecond: 0,
    secondsLeft: null,
    elapsedMs: 0,
    rates: [],
  }
  const run: Run = {
    id,
    transfer,
    status: 'ingesting',
    createdAt: '2026-01-01T00:00:00.000Z',
    startedBy: null,
    endedAt: null,
    progress,
    waitsForToken: null,
    report: null,
  }
  return { ...run, log: [line(1)], command: 'flathouse …', yaml: '' }
}

const line = (number: number): LogLine => ({ number, at: '', level: 'info', message: `line ${number}` })
const moved = (id: string, rows: number): RunUpdate => ({ type: 'run', run: detail(id, rows) })

/** A client that has connected to a queue of two live runs, `a` and `b`; nothing is read from its socket. */
function connect() {
  let listener: (update: RunUpdate) => void = () => undefined
  const sent: { at: number; event: LiveEvent }[] = []
  const socket = {
    bufferedAmount: 0,
    send: (text: string) => void sent.push({ at: Date.now(), event: JSON.parse(text) as LiveEvent }),
    ping: vi.fn(),
    terminate: vi.fn(),
  }
  const unsubscribe = vi.fn()
  const feed = new EventFeed(socket, {
    live: () => [detail('a'), detail('b')],
    get: (id) =>
      id === 'nobody'
        ? Promise.reject(new AppError('RUN_NOT_FOUND', 'There is no run.'))
        : Promise.resolve(detail(id)),
    subscribe: (given) => {
      listener = given
      return unsubscribe
    },
  })
  const said = () =>
    sent.map(({ event }) => {
      if (event.type === 'run') return `${event.run.id} ${event.run.progress.rows}`
      return event.type === 'log'
        ? `${event.runId} log ${event.lines.map(({ number }) => number).join()}`
        : 'beat'
    })
  return { feed, socket, sent, said, unsubscribe, happen: (update: RunUpdate) => listener(update) }
}

it('says nothing until it is asked', async () => {
  const { happen, said } = connect()
  happen(moved('a', 1))
  await vi.advanceTimersByTimeAsync(5000)
  expect(said()).toEqual([])
})

it.each([
  ['all', 'all', ['a 0', 'a log 1', 'b 0', 'b log 1', 'b 5']] as const,
  ['some, one of them unknown', ['nobody', 'b'], ['b 0', 'b log 1', 'b 5']] as const,
])('says how things stand before what happens: %s', async (_, follow, expected) => {
  const { feed, happen, said } = connect()
  await feed.follow({ follow: follow === 'all' ? follow : [...follow] })
  happen(moved('b', 5))
  await vi.advanceTimersByTimeAsync(1000)
  expect(said()).toEqual(expected)
})

it('forgets those it followed before', async () => {
  const { feed, happen, said } = connect()
  await feed.follow({ follow: ['a'] })
  happen(moved('a', 5))
  await feed.follow({ follow: ['b'] })
  happen(moved('a', 6))
  await vi.advanceTimersByTimeAsync(1000)
  expect(said()).toEqual(['a 0', 'a log 1', 'b 0', 'b log 1'])
})

it('sends at most five messages a second, and always the last state', async () => {
  const { feed, happen, sent } = connect()
  await feed.follow({ follow: ['a'] })
  for (let row = 1; row <= 1000; row++) {
    happen(moved('a', row))
    if (row % 3 === 0) happen({ type: 'log', runId: 'a', lines: [line(row)] })
    await vi.advanceTimersByTimeAsync(10)
  }
  await vi.advanceTimersByTimeAsync(1000)
  for (const { at } of sent) {
    expect(sent.filter((other) => other.at >= at && other.at < at + 1000).length).toBeLessThanOrEqual(5)
  }
  const runs = sent.flatMap(({ event }) => (event.type === 'run' ? [event.run.progress.rows] : []))
  expect(runs).toEqual(runs.toSorted((one, other) => one - other))
  expect(runs.at(-1)).toBe(1000)
  const lines = sent.flatMap(({ event }) =>
    event.type === 'log' ? event.lines.map(({ number }) => number) : [],
  )
  expect(lines).toEqual([1, ...Array.from({ length: 333 }, (_, index) => (index + 1) * 3)])
})

it('keeps no more than the last 200 lines for a client that must wait', async () => {
  const { feed, happen, sent } = connect()
  await feed.follow({ follow: ['a'] })
  for (let number = 2; number <= 1000; number++) happen({ type: 'log', runId: 'a', lines: [line(number)] })
  await vi.advanceTimersByTimeAsync(1000)
  const last = sent.at(-1)?.event
  expect(last?.type === 'log' && last.lines.length).toBe(200)
})

it('gives a sign of life every 15 s, and lets go of a client that gives none', async () => {
  const { feed, socket, said } = connect()
  await vi.advanceTimersByTimeAsync(15_000)
  feed.answered()
  await vi.advanceTimersByTimeAsync(15_000)
  expect(said()).toEqual(['beat', 'beat'])
  expect(socket.ping).toHaveBeenCalledTimes(2)
  expect(socket.terminate).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(15_000)
  expect(socket.terminate).toHaveBeenCalledOnce()
})

it('lets go of a client that does not read', async () => {
  const { feed, socket, happen, said } = connect()
  await feed.follow({ follow: ['a'] })
  await vi.advanceTimersByTimeAsync(1000)
  socket.bufferedAmount = 1_048_577
  happen(moved('a', 1))
  expect(socket.terminate).toHaveBeenCalledOnce()
  expect(said()).toEqual(['a 0', 'a log 1'])
})

it('leaves nothing behind', async () => {
  const { feed, happen, unsubscribe } = connect()
  await feed.follow({ follow: 'all' })
  happen(moved('a', 1))
  feed[Symbol.dispose]()
  expect(unsubscribe).toHaveBeenCalledOnce()
  expect(vi.getTimerCount()).toBe(0)
})
