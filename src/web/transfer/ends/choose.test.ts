import { describe, expect, it } from 'vitest'
import { emptyDraft } from '../draft.ts'
import {
  proposeTable,
  withPart,
  withSourceKind,
  withSourceTable,
  withTargetTable,
  withTyped,
} from './choose.ts'
import {
  fileNameFor,
  formatOf,
  isPattern,
  partsOf,
  tableNameFor,
  withCompression,
  withFormat,
} from './file-name.ts'
import { presetLayout, presetOf, withoutLostQuotes, writtenText } from './written-layout.ts'

describe('a file name', () => {
  it.each([
    ['in/a.csv.gz', { stem: 'in/a', extension: '.csv', compression: 'gzip' }],
    ['v1.2/a', { stem: 'v1.2/a', extension: '', compression: 'none' }],
    ['.hidden', { stem: '.hidden', extension: '', compression: 'none' }],
    ['a.TSV.ZST', { stem: 'a', extension: '.TSV', compression: 'zstd' }],
    ['', { stem: '', extension: '', compression: 'none' }],
  ])('%j has its parts', (path, parts) => {
    expect(partsOf(path)).toEqual(parts)
  })

  it('is edited by the choice of format and compression', () => {
    expect(withFormat('x/a.csv.gz', 'tsv')).toBe('x/a.tsv.gz')
    expect(withFormat('a', 'psv')).toBe('a.psv')
    expect(withCompression('a.csv.gz', 'none')).toBe('a.csv')
    expect(withCompression('a.txt', 'lz4')).toBe('a.txt.lz4')
    expect(withFormat('', 'csv')).toBe('')
    expect(['a.tab', 'a.psv.xz', 'a.txt', 'a'].map(formatOf)).toEqual(['tsv', 'psv', 'csv', 'csv'])
  })

  it('and a table name each other', () => {
    expect(tableNameFor('in/Sales 2024-01.csv.gz')).toBe('Sales_2024_01')
    expect(tableNameFor('2024-*.csv')).toBe('2024')
    expect(tableNameFor('日本 №1.tsv')).toBe('日本_1')
    expect(tableNameFor('*.csv')).toBe('data')
    expect(tableNameFor('in/sales/*.csv')).toBe('sales')
    expect(tableNameFor('')).toBe('')
    expect(fileNameFor('a/b:c')).toBe('a_b_c.csv')
    expect(isPattern('a{1,2}.csv')).toBe(true)
  })
})

describe('the other end', () => {
  it('follows the file until it is named by hand', () => {
    const first = proposeTable(emptyDraft, 'flights.csv')
    expect(first.target.table.table).toBe('flights')
    const chosen = {
      ...first,
      source: { ...first.source, file: { ...first.source.file, path: 'flights.csv' } },
    }
    expect(proposeTable(chosen, 'airports.csv').target.table.table).toBe('airports')
    const named = withTargetTable(chosen, { table: 'mine' })
    expect(proposeTable(named, 'airports.csv').target.table.table).toBe('mine')
  })

  it('follows the table until it is named by hand', () => {
    const place = { server: 'embedded', database: 'main', table: 'flights' }
    const first = withSourceTable(emptyDraft, place)
    expect(first.target.file.path).toBe('flights.csv')
    const other = withSourceTable(first, { ...place, table: 'airports' })
    expect(other.target.file.path).toBe('airports.csv')
    const packed = { ...other, target: { ...other.target, file: { ...other.target.file, path: 'a.csv.gz' } } }
    expect(withSourceTable(packed, place).target.file.path).toBe('a.csv.gz')
  })

  it('is the other kind when the source changes its own', () => {
    const exporting = withSourceKind(emptyDraft, 'table')
    expect(exporting.target.kind).toBe('file')
    expect(withSourceKind(exporting, 'file').target.kind).toBe('table')
  })
})

it('a part of the dialect is set and found out again', () => {
  const set = withPart({ header: true }, 'delimiter', ';')
  expect(set).toEqual({ header: true, delimiter: ';' })
  expect(withPart(set, 'delimiter', undefined)).toEqual({ header: true })
})

describe('the layout of a file that is written', () => {
  it('is known by the program it is for, whatever the order in which it was chosen', () => {
    for (const hasValues of [true, false])
      for (const preset of ['usual', 'excel', 'excel-comma'] as const) {
        const { dialect, encoding } = presetLayout(preset, hasValues)
        const turned = Object.fromEntries(Object.entries(dialect).toReversed())
        expect(presetOf({ dialect: turned, encoding }, hasValues)).toBe(preset)
        expect(presetOf({ dialect: { ...dialect, header: false }, encoding }, hasValues)).toBe('own')
      }
  })

  it('says nothing of quotes that are not there', () => {
    const doubled = { escape: 'double' as const, quoting: 'always' as const, header: false }
    expect(withoutLostQuotes({ ...doubled, quote: null }, ',')).toEqual({ quote: null, header: false })
    expect(withoutLostQuotes({ ...doubled, delimiter: '\t' }, ',')).toEqual({
      delimiter: '\t',
      header: false,
    })
    expect(withoutLostQuotes(doubled, ',')).toEqual(doubled)
    const bare = { quote: null, escape: 'backslash' as const }
    expect(withoutLostQuotes(bare, ',')).toEqual(bare)
  })

  it('has no layout of values where texts are kept', () => {
    const dialect = { decimal: ',' as const, dateLayout: 'DD.MM.YYYY' as const, header: false }
    const typed = {
      ...emptyDraft,
      target: { ...emptyDraft.target, file: { ...emptyDraft.target.file, dialect } },
    }
    expect(withTyped(typed, true).target.file.dialect).toEqual(dialect)
    expect(withTyped(typed, false).target.file.dialect).toEqual({ header: false })
  })

  it('is said in a line', () => {
    expect(writtenText(presetLayout('usual', true), '|')).toBe('delimiter pipe | · header')
    expect(writtenText(presetLayout('excel-comma', true), ',')).toBe(
      'UTF-8 with BOM · delimiter semicolon ; · header · CRLF · decimal comma',
    )
    expect(writtenText(presetLayout('excel-comma', false), ',')).not.toContain('decimal')
  })
})
