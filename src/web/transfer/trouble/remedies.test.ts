import { describe, expect, it } from 'vitest'
import type { ErrorBody, SniffedFile } from '../../../shared/index.ts'
import { chosenColumns, emptyDraft, toTransfer, type Draft } from '../draft.ts'
import { remedies, type Scene } from './remedies.ts'

const names = ['date', 'delay', 'note']

const file: SniffedFile = {
  encoding: 'utf-8',
  dialect: {
    delimiter: ',',
    quote: '"',
    escape: 'double',
    lineTerminator: '\n',
    header: true,
    skipLines: 1,
    nullTokens: ['', '\\N'],
  },
  compression: 'none',
  bytes: 10,
  confidence: 1,
  reasons: [],
  warnings: [],
  sampled: 2,
  isWhole: true,
}

const draft: Draft = {
  ...emptyDraft,
  source: { ...emptyDraft.source, file: { path: 'a.csv', dialect: {}, encoding: 'utf-8' } },
  target: { ...emptyDraft.target, table: { ...emptyDraft.target.table, server: 'prod', table: 'flights' } },
}
const scene: Scene = { draft, names, file, tableExists: false }

const fault = (code: ErrorBody['code'], place: ErrorBody['place'] = {}): ErrorBody => ({
  code,
  message: 'It went wrong.',
  hint: '',
  place,
})

const labels = (error: ErrorBody, at = scene) => remedies(error, at).map(({ label }) => label)

function apply(error: ErrorBody, label: string, at = scene): Draft {
  const does = remedies(error, at).find((remedy) => remedy.label === label)?.does
  if (typeof does !== 'function') throw new TypeError(`${label} does not change the draft`)
  return does(at.draft)
}

describe('a value that does not fit', () => {
  const wrong = fault('VALUE_REJECTED', { column: 'delay', value: 'n/a', expected: 'Int16', line: 3 })

  it('becomes NULL beside the texts that were sniffed, in a column that takes it', () => {
    const changed = apply(wrong, 'Treat "n/a" as NULL')
    expect(changed.source.file.dialect).toEqual({ nullTokens: ['', '\\N', 'n/a'] })
    expect(changed.columns.types).toEqual([{ column: 'delay', type: 'Nullable(Int16)' }])
  })

  it('makes the column a String, or leaves it out', () => {
    expect(apply(wrong, 'Change type of delay to String').columns.types).toEqual([
      { column: 'delay', type: 'String' },
    ])
    expect(chosenColumns(apply(wrong, 'Leave delay out').columns, names)).toEqual(['date', 'note'])
  })

  it('is offered nothing that a table with fixed types cannot take', () => {
    const existing = { ...scene, tableExists: true }
    expect(labels(wrong, existing)).toEqual(['Leave delay out'])
    const nullable = fault('VALUE_REJECTED', { column: 'delay', value: 'n/a', expected: 'Nullable(Int16)' })
    expect(labels(nullable, existing)).toEqual(['Treat "n/a" as NULL', 'Leave delay out'])
  })

  it('is not taken for NULL when only its beginning is known, or it is none at all', () => {
    const long = fault('VALUE_REJECTED', { column: 'delay', value: 'xxx…', expected: 'Int16' })
    expect(labels(long)).toEqual(['Change type of delay to String', 'Leave delay out'])
    const empty = fault('VALUE_REJECTED', { column: 'delay', expected: 'Int16' })
    expect(apply(empty, 'Allow NULL in delay').columns.types).toEqual([
      { column: 'delay', type: 'Nullable(Int16)' },
    ])
  })

  it('of a column that the source does not have is left alone', () => {
    expect(labels(fault('VALUE_REJECTED', { column: '__proto__', value: 'x', expected: 'Int16' }))).toEqual(
      [],
    )
  })
})

describe('the only column', () => {
  it('cannot be left out', () => {
    const one = { ...scene, names: ['delay'] }
    const wrong = fault('VALUE_REJECTED', { column: 'delay', value: 'n/a', expected: 'String' })
    expect(labels(wrong, one)).not.toContain('Leave delay out')
  })
})

describe('a file that cannot be read', () => {
  it('is read in another way', () => {
    const quotes = apply(fault('RECORD_MALFORMED'), 'Read quotes as plain text')
    expect(quotes.source.file.dialect).toEqual({ quote: null, escape: null })
    const positions = apply(fault('HEADER_DUPLICATE'), 'Name the columns by position')
    expect(positions.source.file.dialect).toEqual({ header: false, skipLines: 2 })
    expect(apply(fault('FILE_ENCODING'), 'Take its bytes as they are').source.file.encoding).toBe('binary')
    expect(apply(fault('FILE_NO_RECORDS'), 'The first line is data').source.file.dialect.header).toBe(false)
  })
})

describe('a table', () => {
  it('that is there can be added to, replaced, or left alone', () => {
    const error = fault('TABLE_EXISTS')
    expect(apply(error, 'Append').target.table.mode).toBe('append')
    expect(apply(error, 'Replace').target.table.mode).toBe('replace')
    const second = apply(error, 'Use the name flights_2')
    expect(toTransfer(second, names)).toMatchObject({ target: { table: 'flights_2' } })
    expect(labels(error, { ...scene, draft: second })).toContain('Use the name flights_3')
  })

  it('that is not there can be created', () => {
    expect(apply(fault('TABLE_NOT_FOUND'), 'Create the table').target.table.mode).toBe('create')
  })

  it('without a renamed column leaves the source column out', () => {
    const columns = { ...draft.columns, map: [{ source: 'note', target: 'remark' }] }
    const renamed = { ...scene, draft: { ...draft, columns } }
    expect(labels(fault('COLUMN_NOT_FOUND', { column: 'remark' }), renamed)).toContain('Leave note out')
  })
})

describe('a server', () => {
  it('that refuses the login leads to the connection, and one that is away can be tried again', () => {
    expect(labels(fault('TOKEN_EXPIRED'))).toEqual(['Edit connection'])
    expect(labels(fault('CONNECTION_REFUSED'))).toEqual(['Edit connection', 'Try again'])
    const table = { ...draft.target.table, server: 'embedded' }
    const embedded = { ...scene, draft: { ...draft, target: { ...draft.target, table } } }
    expect(labels(fault('CONNECTION_LOST'), embedded)).toEqual(['Try again'])
  })
})
