import { describe, expect, it } from 'vitest'
import { transferSchema } from '../../shared/index.ts'
import { decodeDraft, encodeDraft } from './address.ts'
import { invert, moveColumn, rename, retype, tick } from './columns.ts'
import {
  chosenColumns,
  emptyColumns,
  emptyDraft,
  fromTransfer,
  rowChoice,
  toTransfer,
  whatIsMissing,
} from './draft.ts'
import type { Draft } from './draft.ts'
import { swap } from './swap.ts'

const names = ['a', 'b', '__proto__', 'd']

const importing: Draft = {
  ...emptyDraft,
  source: {
    ...emptyDraft.source,
    file: { path: 'in/x.csv', dialect: { delimiter: ';' }, encoding: 'utf-8' },
  },
  target: { ...emptyDraft.target, table: { ...emptyDraft.target.table, table: 't', orderBy: ['a'] } },
}

describe('the choice of columns', () => {
  it('ticks, inverts and moves, also a column called __proto__', () => {
    const none = tick(emptyColumns, names, names, false)
    expect(chosenColumns(none, names)).toEqual([])
    const some = tick(none, names, ['__proto__', 'b'], true)
    expect(chosenColumns(some, names)).toEqual(['b', '__proto__'])
    expect(chosenColumns(invert(some, names, ['a', 'b']), names)).toEqual(['a', '__proto__'])
    expect(chosenColumns(moveColumn(some, names, '__proto__', 0), names)).toEqual(['__proto__', 'b'])
    expect(chosenColumns(moveColumn(some, names, 'b', 99), names)).toEqual(['__proto__', 'b'])
  })

  it('takes a renaming and a type back', () => {
    const renamed = rename(emptyColumns, 'a', 'x')
    expect(renamed.map).toEqual([{ source: 'a', target: 'x' }])
    expect(rename(renamed, 'a', 'a').map).toEqual([])
    expect(retype(retype(emptyColumns, 'a', 'Int8'), 'a', '').types).toEqual([])
  })
})

describe('a draft', () => {
  it('says what is missing first', () => {
    expect(whatIsMissing(emptyDraft)).toBe('Choose the file to read.')
    expect(whatIsMissing(importing)).toBeUndefined()
  })

  it('waits for a filter without its value, and previews without it', () => {
    const rules = [
      { column: 'a', operator: '>' as const, values: [] },
      { column: 'b', operator: 'is null' as const, values: [] },
    ]
    const table = { ...emptyDraft.source.table, table: 't', filter: { match: 'any' as const, rules } }
    const exporting: Draft = { ...emptyDraft, source: { ...emptyDraft.source, kind: 'table', table } }
    expect(whatIsMissing(exporting)).toBe('Give a value for the filter on a.')
    expect(rowChoice(table)).toEqual({ filter: { match: 'any', rules: rules.slice(1) } })
  })

  it('becomes a transfer that names only what was chosen', () => {
    expect(toTransfer(importing, names)).toEqual({
      direction: 'import',
      source: { kind: 'file', path: 'in/x.csv', dialect: { delimiter: ';' }, encoding: 'utf-8' },
      target: { kind: 'table', server: 'embedded', table: 't' },
      orderBy: ['a'],
      map: [],
      verify: 'count',
    })
    expect(
      toTransfer({ ...importing, columns: tick(emptyColumns, names, names, false) }, names),
    ).toBeUndefined()
  })

  it('comes back from its transfer with the same columns chosen', () => {
    const columns = moveColumn(tick(emptyColumns, names, ['a'], false), names, 'd', 0)
    const transfer = transferSchema.parse(toTransfer({ ...importing, columns }, names))
    expect(toTransfer(fromTransfer(transfer), names)).toEqual(toTransfer({ ...importing, columns }, names))
    expect(transfer.columns).toEqual(['d', 'b', '__proto__'])
  })

  it('survives the address, and anything else there begins a new one', () => {
    const wide = { ...importing, verify: 'checksum' as const, columns: rename(emptyColumns, 'ä b', '→') }
    expect(decodeDraft(encodeDraft(wide))).toEqual(wide)
    expect(decodeDraft('e30')).toEqual(emptyDraft)
    expect(decodeDraft('%%%')).toEqual(emptyDraft)
  })
})

describe('swap', () => {
  it('reads the table that was written, into another file', () => {
    const swapped = swap({ ...importing, columns: rename(emptyColumns, 'a', 'x') }, names)
    expect(toTransfer(swapped, ['x', 'b', '__proto__', 'd'])).toEqual({
      direction: 'export',
      source: { kind: 'table', server: 'embedded', table: 't' },
      target: { kind: 'file', path: 'in/t.csv', dialect: {}, encoding: 'utf-8' },
      map: [{ source: 'x', target: 'a' }],
      verify: 'count',
    })
  })

  it('never writes over the file that was read', () => {
    const file = { ...importing.source.file, path: 'in/t.csv' }
    const swapped = swap({ ...importing, source: { ...importing.source, file } }, names)
    expect(swapped.target.file.path).toBe('in/t-export.csv')
  })

  it('twice is where it began', () => {
    const back = swap(swap(importing, names), names)
    expect(toTransfer(back, names)).toMatchObject({ direction: 'import', target: { table: 't' } })
  })
})
