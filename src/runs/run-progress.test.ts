import fc from 'fast-check'
import { expect, it } from 'vitest'
import { transferSchema, type Progress, type Report, type RunProgress } from '../shared/index.ts'
import { RunMeter } from './run-progress.ts'
import { emptyReport } from './run.ts'

const table = { kind: 'table', server: 'embedded', table: 't' } as const
const file = { kind: 'file', path: 'f.csv' } as const
const anImport = transferSchema.parse({ direction: 'import', source: file, target: table })
const exported = (more: object) =>
  transferSchema.parse({ direction: 'export', source: table, target: file, ...more })

const moment = (more: Partial<Progress>): Progress => ({
  rows: 0,
  bytes: 0,
  totalRows: null,
  totalBytes: null,
  fraction: null,
  ...more,
})
const completed = (rows: number, durationMs: number): Report => ({
  ...emptyReport('id'),
  status: 'completed',
  rowsRead: rows,
  rowsWritten: rows,
  durationMs,
})

function ingesting(at: number, transfer = anImport): RunMeter {
  const meter = new RunMeter(transfer)
  meter.enter('connecting', 0)
  meter.enter('fetching', 0)
  meter.enter('ingesting', at)
  return meter
}

it('counts reading for types as the first part, in which no row moves', () => {
  const meter = new RunMeter(anImport)
  meter.enter('connecting', 0)
  meter.enter('fetching', 100)
  meter.advance(moment({ rows: 500, bytes: 50, totalBytes: 100, fraction: 0.5 }), 200)
  expect(meter.view(200)).toMatchObject({ rows: 0, bytes: 0, totalBytes: 100, fraction: 0.2 })
  meter.enter('ingesting', 300)
  expect(meter.view(300).fraction).toBe(0.4)
  meter.advance(moment({ rows: 500, bytes: 50, totalBytes: 100, fraction: 0.5 }), 400)
  expect(meter.view(400)).toMatchObject({ rows: 500, bytes: 50 })
  expect(meter.view(400).fraction).toBeCloseTo(0.695)
  meter.end(completed(1000, 450), 450)
  expect(meter.view(450)).toMatchObject({ rows: 1000, totalRows: 1000, fraction: 1, elapsedMs: 450 })
})

it('leaves the whole to the rows when there are no types to find', () => {
  const meter = ingesting(0)
  meter.advance(moment({ fraction: 0.5 }), 100)
  expect(meter.view(100).fraction).toBe(0.495)
})

it('has no fraction and no time left when nothing is known of the whole', () => {
  const meter = ingesting(0)
  meter.advance(moment({ rows: 10 }), 1000)
  expect(meter.view(1000)).toMatchObject({ rows: 10, fraction: null, secondsLeft: null, rowsPerSecond: 10 })
})

it('tells the speed and the time left of the last seconds, and forgets what was before', () => {
  const meter = ingesting(0)
  for (let second = 1; second <= 20; second++) {
    const rows = second <= 10 ? second : 10 + (second - 10) * 100
    meter.advance(moment({ rows, bytes: rows * 8, fraction: rows / 2010 }), second * 1000)
  }
  const { rowsPerSecond, bytesPerSecond, secondsLeft } = meter.view(20_000)
  expect([rowsPerSecond, bytesPerSecond]).toEqual([100, 800])
  // 1,000 of 2,010 rows are left, at 100 a second; a hundredth of the whole belongs to the commit.
  expect(secondsLeft).toBeCloseTo(10.2, 0)
})

it('slows down when nothing is heard any more', () => {
  const meter = ingesting(0)
  meter.advance(moment({ rows: 1000 }), 1000)
  expect(meter.view(1500).rowsPerSecond).toBe(1000)
  expect(meter.view(4000).rowsPerSecond).toBe(250)
  expect(meter.view(60_000)).toMatchObject({ rowsPerSecond: 0, elapsedMs: 60_000 })
})

it.each([
  ['a whole table', {}, 100],
  ['a condition', { where: 'a > 1' }, null],
  ['a limit', { limit: 5 }, null],
  ['a query', { source: { kind: 'query', server: 'embedded', sql: 'SELECT 1' } }, null],
  ['a join', { source: { ...table, joins: [{ kind: 'cross', table: 'u' }] } }, null],
])('of %s, knows how many rows there will be only when all of them move', (_, more, totalRows) => {
  const meter = ingesting(0, exported(more))
  meter.advance(moment({ rows: 10, totalRows: 100, fraction: 0.1 }), 100)
  expect(meter.view(100).totalRows).toBe(totalRows)
})

it('keeps what was reached when it fails', () => {
  const meter = ingesting(0)
  meter.advance(moment({ rows: 10, fraction: 0.5 }), 100)
  meter.end({ ...emptyReport('id'), status: 'failed', durationMs: 150 }, 150)
  expect(meter.view(9999)).toMatchObject({ rows: 10, fraction: 0.495, elapsedMs: 150, rowsPerSecond: 0 })
})

it('begins again with another attempt, and only the time goes on', () => {
  const meter = ingesting(0)
  meter.advance(moment({ rows: 10, bytes: 80, totalRows: 20, fraction: 0.5 }), 100)
  meter.beginAgain()
  const { elapsedMs, ...begun } = meter.view(200)
  expect([elapsedMs, begun]).toEqual([200, { ...new RunMeter(anImport).view(0), elapsedMs: undefined }])
  for (const status of ['connecting', 'fetching', 'ingesting'] as const) meter.enter(status, 300)
  meter.advance(moment({ rows: 2, fraction: 0.1 }), 1300)
  expect(meter.view(1300)).toMatchObject({ rows: 2, rowsPerSecond: 2, elapsedMs: 1300 })
  expect(meter.view(1300).fraction).toBeCloseTo(0.099)
})

const count = fc.nat(1_000_000)
const share = fc.option(fc.double({ min: 0, max: 1, noNaN: true }))
const anyMoment = fc.record<Progress>({
  rows: count,
  bytes: count,
  totalRows: fc.option(count),
  totalBytes: fc.option(count),
  fraction: share,
})

it('only goes forward, whatever it is told, and is whole only in the end', () => {
  const story = fc.record({
    fetching: fc.array(anyMoment, { maxLength: 5 }),
    ingesting: fc.array(anyMoment, { maxLength: 20 }),
    rows: fc.integer({ min: 1_000_000, max: 2_000_000 }),
  })
  fc.assert(
    fc.property(story, ({ fetching, ingesting: moments, rows }) => {
      const meter = new RunMeter(anImport)
      let at = 0
      const views: RunProgress[] = []
      const see = () => views.push(meter.view((at += 170)))
      meter.enter('connecting', at)
      see()
      meter.enter('fetching', at)
      for (const each of fetching) {
        meter.advance(each, at)
        see()
      }
      meter.enter('ingesting', at)
      for (const each of moments) {
        meter.advance(each, at)
        see()
      }
      meter.enter('committing', at)
      see()
      for (const { fraction } of views) expect(fraction ?? 0).toBeLessThanOrEqual(0.99)
      meter.end(completed(rows, at), at)
      see()
      for (const key of ['rows', 'bytes', 'fraction', 'elapsedMs'] as const) {
        const values = views.map((view) => view[key] ?? 0)
        expect(values).toEqual(values.toSorted((one, other) => one - other))
      }
      expect(views.at(-1)).toMatchObject({ rows, fraction: 1 })
    }),
  )
})
