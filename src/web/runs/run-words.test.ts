import { describe, expect, it } from 'vitest'
import type { Report, RunProgress, Transfer } from '../../shared/index.ts'
import { addressOf, choiceOf } from './filter.ts'
import {
  hasRejects,
  processed,
  progressFigures,
  rejectedText,
  resultFigures,
  verificationWords,
  whatStays,
} from './run-words.ts'

const progress: RunProgress = {
  rows: 1_234_567,
  bytes: 412e6,
  totalRows: 3_000_000,
  totalBytes: 1.02e9,
  fraction: 0.4,
  rowsPerSecond: 640_000,
  bytesPerSecond: 214e6,
  secondsLeft: 2.3,
  elapsedMs: 4600,
  rates: [],
}

const report: Report = {
  runId: 'r',
  status: 'completed',
  strategy: 'pipe',
  commit: 'rename',
  rowsRead: 3_000_000,
  rowsWritten: 3_000_000,
  rowsRejected: 0,
  bytesRead: 1.02e9,
  bytesWritten: 0,
  durationMs: 4600,
  verification: { mode: 'count', passed: true, source: '3000000', target: '3000000' },
  rejectsFile: null,
  warnings: [],
  failedAttempts: [],
  readings: [],
  error: null,
}

const transfer: Transfer = {
  direction: 'import',
  source: { kind: 'file', path: 'a.csv', dialect: {}, encoding: 'utf-8' },
  target: { kind: 'table', server: 'embedded', table: 'flights' },
  orderBy: [],
  onError: 'stop',
  map: [],
  verify: 'count',
}

describe('a run in words', () => {
  it('says how far it is', () => {
    expect(progressFigures(progress).join(' · ')).toBe(
      '1,234,567 rows · 412 MB of 1.02 GB · 214 MB/s · 4.6 s · 3 s left',
    )
  })

  it('speaks of rows where no bytes are counted, and of nothing it does not know', () => {
    const rows = { ...progress, bytes: 0, totalBytes: null, bytesPerSecond: 0, secondsLeft: null }
    expect(progressFigures(rows).join(' · ')).toBe('1,234,567 of 3,000,000 rows · 640 k rows/s · 4.6 s')
    const one = { ...rows, rows: 1, totalRows: null, rowsPerSecond: 0, elapsedMs: 0 }
    expect(progressFigures(one)).toEqual(['1 row', '0.0 s'])
    expect(progressFigures({ ...progress, rows: 0, bytes: 0 })).toEqual(['4.6 s', '3 s left'])
  })

  it('says what came of it', () => {
    expect([
      processed(report),
      rejectedText(report),
      ...resultFigures(report),
      verificationWords(report.verification),
    ]).toEqual([
      '3,000,000 records processed',
      '0 rejected',
      '1.02 GB read',
      '4.6 s',
      '652 k rows/s',
      'counts equal on both ends: 3,000,000',
    ])
    const checksum = { mode: 'checksum' as const, passed: true, target: '1234-18446744073709551615' }
    expect(verificationWords(checksum)).toBe(
      'counts and checksums equal on both ends: 1,234 rows, checksum 18446744073709551615',
    )
  })
})

describe('rejects', () => {
  it('are there when some were counted, or kept of a run that failed over them', () => {
    expect(hasRejects(report)).toBe(false)
    expect(hasRejects({ ...report, rowsRejected: 1 })).toBe(true)
    expect(hasRejects({ ...report, rejectsFile: '/api/v1/runs/r/rejects/report' })).toBe(true)
  })
})

describe('what a failed run left', () => {
  const failed = (more: Partial<Report>, code: 'VALUE_REJECTED' | 'CONNECTION_LOST' = 'VALUE_REJECTED') =>
    whatStays({ ...report, status: 'failed', error: { code, message: '', hint: '' }, ...more }, transfer)

  it('is nothing before a commit, and rows without one', () => {
    expect(failed({ commit: 'exchange' })).toBe('Nothing was changed: flights is as it was.')
    expect(failed({ commit: 'rename' })).toBe('Nothing was changed: flights was not created.')
    expect(failed({ commit: null }, 'CONNECTION_LOST')).toMatch(/^Nothing was changed/)
    expect(failed({ commit: 'direct' })).toMatch(/stay in the table/)
  })

  it('is not promised when the server went away and partitions may have been moved', () => {
    expect(failed({ commit: 'partition-move' })).toMatch(/^Nothing was changed/)
    expect(failed({ commit: 'partition-move' }, 'CONNECTION_LOST')).toBe('')
    expect(whatStays({ ...report, status: 'completed' }, transfer)).toBe('')
  })
})

describe('the choice of runs', () => {
  it('is kept in the address, and an unknown one is all', () => {
    const address = addressOf({ direction: 'import', status: 'failed' })
    expect(address.toString()).toBe('direction=import&status=failed')
    expect(choiceOf(address)).toEqual({ direction: 'import', status: 'failed' })
    expect(choiceOf(new URLSearchParams('status=constructor'))).toEqual({ direction: 'all', status: 'all' })
    expect(addressOf({ direction: 'all', status: 'all' }).size).toBe(0)
  })
})
