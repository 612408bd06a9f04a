import { expect, it } from 'vitest'
import { AppError, type ErrorCode, type FailedAttempt, type Report } from '../shared/index.ts'
import { inAttempts, jitter, mayRepeat, usualWaits, type Waits } from './attempts.ts'
import { emptyReport } from './run.ts'

const lost = new AppError('CONNECTION_LOST', 'The connection to h:1 was lost.')
const shortly: Waits = { firstMs: 2, mostMs: 5 }

/** Fails the first so many times. */
function failing(times: number, changes: { most?: number; waits?: Waits; signal?: AbortSignal } = {}) {
  const { most = 3, waits = shortly, signal = new AbortController().signal } = changes
  const failed: FailedAttempt[] = []
  const pauses: number[] = []
  const result = inAttempts({
    ...{ first: 1, most, waits, signal },
    pause: (waiting) => waiting(),
    begin: (number) => (number > times ? Promise.resolve(number) : Promise.reject(lost)),
    mayRepeat: () => true,
    onFailed: (one, waitMs) => {
      failed.push(one)
      pauses.push(waitMs)
    },
  })
  return { result, failed, pauses }
}

it('begins again until it succeeds, and tells what failed', async () => {
  const { result, failed, pauses } = failing(2)
  expect(await result).toBe(3)
  expect(failed).toMatchObject([
    { number: 1, error: lost.toBody() },
    { number: 2, error: lost.toBody() },
  ])
  expect(Math.max(...pauses)).toBeLessThanOrEqual(shortly.mostMs)
})

it('ends with the last error when it was tried often enough', async () => {
  const { result, failed } = failing(9)
  await expect(result).rejects.toBe(lost)
  expect(failed).toHaveLength(2)
})

it('does not begin again when it may not', async () => {
  const { result, failed } = failing(9, { most: 1 })
  await expect(result).rejects.toBe(lost)
  expect(failed).toEqual([])
})

it('ends the waiting at once when it is cancelled', async () => {
  const abort = new AbortController()
  const { result, failed } = failing(9, { waits: { firstMs: 1e9, mostMs: 1e9 }, signal: abort.signal })
  await expect.poll(() => failed.length).toBe(1)
  abort.abort()
  await expect(result).rejects.toThrow('aborted')
})

it.each([
  [1, 2000],
  [2, 8000],
  [3, 30_000],
  [9, 30_000],
])('waits after failure %d by chance, at most %d ms', (failed, most) => {
  const waits = Array.from({ length: 1000 }, () => jitter(usualWaits, failed))
  expect(Math.max(...waits)).toBeLessThanOrEqual(most)
  // A thousand of them leave neither end out.
  expect(Math.max(...waits)).toBeGreaterThan(most * 0.9)
  expect(Math.min(...waits)).toBeLessThan(most * 0.1)
})

const at = (status: Report['status'], commit: Report['commit'] = null): Report => ({
  ...emptyReport('id'),
  status,
  commit,
})
const error = (code: ErrorCode) => new AppError(code, 'So it is.')

it.each<[string, ErrorCode, Report, boolean, boolean]>([
  ['a wrong port, at once', 'CONNECTION_REFUSED', at('connecting'), false, false],
  ['an unknown host, at once', 'HOST_NOT_FOUND', at('connecting'), false, false],
  ['a silent host, at once', 'CONNECTION_TIMEOUT', at('connecting'), false, false],
  ['no TLS, at once', 'TLS_FAILED', at('connecting'), false, false],
  ['a name server that is away', 'HOST_LOOKUP_FAILED', at('connecting'), false, true],
  ['a proxy that has lost the server', 'CONNECTION_LOST', at('connecting'), false, true],
  ['too much to do', 'SERVER_UNAVAILABLE', at('connecting'), false, true],
  ['a port that was open before', 'CONNECTION_REFUSED', at('connecting'), true, true],
  ['TLS that stood before', 'TLS_FAILED', at('ingesting'), true, true],
  ['a lost connection', 'CONNECTION_LOST', at('ingesting', 'partition-move'), true, true],
  ['an export', 'CONNECTION_LOST', at('ingesting', 'file-rename'), true, true],
  ['rows on their way into the table', 'CONNECTION_LOST', at('ingesting', 'direct'), true, false],
  ['a block on its way into the table', 'CONNECTION_LOST', at('ingesting', 'single-block'), true, false],
  ['no row on its way yet', 'CONNECTION_LOST', at('fetching'), true, true],
  ['a commit', 'CONNECTION_LOST', at('committing', 'rename'), true, false],
  ['the data', 'VALUE_REJECTED', at('ingesting', 'rename'), true, false],
  ['the rights', 'ACCESS_DENIED', at('ingesting', 'rename'), true, false],
  ['a full disk', 'DISK_FULL', at('ingesting', 'rename'), true, false],
  ['a query that needs too much', 'MEMORY_LIMIT', at('ingesting', 'rename'), true, false],
])('%s', (_, code, report, wasReached, expected) => {
  expect(mayRepeat(error(code), report, wasReached)).toBe(expected)
})
