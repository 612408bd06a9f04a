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
  reading: { by: 'clickhouse', reason: null },
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
const readAsNull = new Map(names.map((name) => [name, ['', '\\N']]))
const scene: Scene = { draft, names, file, readAsNull, tableExists: false }

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

  it('becomes NULL beside the texts that are, in its column only, which takes it then', () => {
    const changed = apply(wrong, 'Treat "n/a" as NULL')
    expect(changed.source.file.dialect).toEqual({})
    const reading = { column: 'delay', nullTokens: ['', '\\N', 'n/a'], misfit: 'reject' as const }
    expect(changed.columns.readings).toEqual([reading])
    const own = { ...reading, nullTokens: ['-'], misfit: 'default' as const }
    const said = { ...scene, draft: { ...draft, columns: { ...draft.columns, readings: [own] } } }
    expect(apply(wrong, 'Treat "n/a" as NULL', said).columns.readings).toEqual([
      { ...own, nullTokens: ['-', 'n/a'] },
    ])
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
    expect(labels(wrong, existing)).toEqual(['Set bad records aside', 'Leave delay out'])
    const nullable = fault('VALUE_REJECTED', { column: 'delay', value: 'n/a', expected: 'Nullable(Int16)' })
    expect(labels(nullable, existing)).toEqual([
      'Treat "n/a" as NULL',
      'Set bad records aside',
      'Leave delay out',
    ])
  })

  it('is not taken for NULL when only its beginning is known, or it is none at all', () => {
    const long = fault('VALUE_REJECTED', { column: 'delay', value: 'xxx…', expected: 'Int16' })
    expect(labels(long)).toEqual([
      'Change type of delay to String',
      'Set bad records aside',
      'Leave delay out',
    ])
    const empty = fault('VALUE_REJECTED', { column: 'delay', expected: 'Int16' })
    expect(apply(empty, 'Allow NULL in delay').columns.types).toEqual([
      { column: 'delay', type: 'Nullable(Int16)' },
    ])
  })

  it('of a column that the source does not have, or that is not known yet, is only set aside', () => {
    const other = fault('VALUE_REJECTED', { column: '__proto__', value: 'x', expected: 'Int16' })
    expect(labels(other)).toEqual(['Set bad records aside'])
  })
})

describe('bad records', () => {
  it('are set aside, of an import only, and then in any number', () => {
    const skipping = apply(fault('RECORD_MALFORMED'), 'Set bad records aside')
    expect(toTransfer(skipping, names)).toMatchObject({ onError: 'skip' })
    const limited = { ...skipping, bad: { ...skipping.bad, limit: { records: 3 } } }
    expect(toTransfer(limited, names)).toMatchObject({ rejectLimit: { records: 3 } })
    const free = apply(fault('REJECT_LIMIT'), 'Allow any number of them', { ...scene, draft: limited })
    expect(toTransfer(free, names)).toEqual(toTransfer(skipping, names))
    expect(labels(fault('RECORD_MALFORMED'), { ...scene, draft: skipping })).not.toContain(
      'Set bad records aside',
    )
    const converting = { ...draft, target: { ...draft.target, kind: 'file' as const } }
    expect(labels(fault('RECORD_MALFORMED'), { ...scene, draft: converting })).not.toContain(
      'Set bad records aside',
    )
  })
})

describe('a value that the file cannot hold', () => {
  it('can be held by UTF-8, or by another layout', () => {
    const error = fault('VALUE_UNWRITABLE', { file: 'a.csv', line: 3, column: 'note', value: '→' })
    expect(labels(error)).toEqual(['Change the file’s layout'])
    const file = { ...draft.target.file, encoding: 'windows-1252' as const }
    const old = { ...scene, draft: { ...draft, target: { ...draft.target, file } } }
    expect(apply(error, 'Write it as UTF-8', old).target.file.encoding).toBeNull()
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
    const { source } = draft
    const said = { ...source, file: { ...source.file, dialect: { header: true, headerLines: 2 } } }
    const all = apply(fault('FILE_NO_RECORDS'), 'The first line is data', {
      ...scene,
      draft: { ...draft, source: said },
    })
    expect(all.source.file.dialect).toEqual({ header: false })
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

describe('a column that is gone', () => {
  it('is forgotten with all that was said of it, when there is no list to lead to', () => {
    const columns = {
      off: [],
      order: null,
      only: ['v', 'note'],
      map: [{ source: 'v', target: 'w' }],
      types: [{ column: 'v', type: 'Int8' }],
      readings: [{ column: 'v', misfit: 'null' as const }],
    }
    const reloaded = { ...scene, names: [], draft: { ...draft, columns } }
    const error = fault('COLUMN_NOT_FOUND', { column: 'v' })
    expect(labels(error, reloaded)).toEqual(['Forget what was said of v'])
    expect(apply(error, 'Forget what was said of v', reloaded).columns).toEqual({
      ...emptyDraft.columns,
      only: ['note'],
    })
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
