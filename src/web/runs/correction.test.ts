import { expect, it } from 'vitest'
import type { ImportTransfer, Reading, SniffedFile } from '../../shared/index.ts'
import { toTransfer } from '../transfer/draft.ts'
import { withFile } from '../transfer/state.tsx'
import { correction } from './correction.ts'

const ran: ImportTransfer = {
  direction: 'import',
  source: { kind: 'file', path: 'in/people.csv.gz', dialect: { skipLines: 2, nullTokens: ['-'] } },
  target: { kind: 'table', server: 'prod', table: 'people' },
  mode: 'replace',
  orderBy: [],
  onError: 'skip',
  rejectLimit: { records: 5 },
  columns: ['id', 'name'],
  map: [{ source: 'name', target: 'person' }],
  readings: [{ column: 'id', layout: '1.234,5', misfit: 'null' }],
  verify: 'count',
}
const found: SniffedFile = {
  encoding: 'windows-1250',
  dialect: {
    delimiter: ';',
    quote: '"',
    escape: 'double',
    lineTerminator: '\r\n',
    header: true,
    skipLines: 2,
    footerLines: 1,
    nullTokens: [''],
  },
  compression: 'gzip',
  bytes: 10,
  reading: { by: 'clickhouse', reason: null },
  confidence: 1,
  reasons: [],
  warnings: [],
  sampled: 2,
  isWhole: true,
}

it('reads corrected records as the first file was read, with the same columns, beside the other rows', () => {
  const draft = correction(ran, found, [])
  expect(toTransfer(draft, [])).toBeUndefined()
  expect(toTransfer(withFile(draft, 'people.csv'), ['id', 'name', 'age'])).toEqual({
    ...ran,
    orderBy: undefined,
    mode: 'append',
    source: {
      kind: 'file',
      path: 'people.csv',
      dialect: {
        delimiter: ';',
        quote: '"',
        escape: 'double',
        header: true,
        skipLines: 2,
        nullTokens: ['-'],
      },
      encoding: 'windows-1250',
    },
  })
})

it('leaves to be found how they are laid out when the first file is gone', () => {
  expect(toTransfer(withFile(correction(ran, undefined, []), 'people.csv'), [])?.source).toEqual({
    ...ran.source,
    path: 'people.csv',
  })
})

it('forgets what was said of one file when another is taken after it', () => {
  const other = withFile(withFile(correction(ran, found, []), 'people.csv'), 'other.csv')
  expect(toTransfer(other, ['id', 'name', 'age'])).toMatchObject({ source: { dialect: {} }, map: [] })
})

it('reads their values as those of the first file were read, also where nobody said how', () => {
  const readings: Reading[] = [
    { column: 'id', layout: '1.234,5', misfit: 'null' },
    { column: 'name', nullTokens: ['', 'NA'], misfit: 'reject' },
  ]
  const draft = correction(ran, found, readings)
  expect(toTransfer(withFile(draft, 'people.csv'), ['id', 'name', 'age'])).toMatchObject({ readings })
})

it('has the encoding of several files found out: their records may be in another', () => {
  const several = { ...ran, source: { ...ran.source, path: 'in/*.csv' } }
  expect(correction(several, found, []).source.file.encoding).toBeNull()
})
