import { describe, expect, it } from 'vitest'
import { cellText, columnWidth, isNumberType, moveBy } from './grid-logic.ts'

const size = { rows: 100, columns: 10, page: 12 }
const at = { row: 5, column: 5 }

describe('moving in the grid', () => {
  it.each([
    ['ArrowUp', false, 4, 5],
    ['ArrowDown', false, 6, 5],
    ['ArrowLeft', false, 5, 4],
    ['ArrowRight', false, 5, 6],
    ['ArrowDown', true, 99, 5],
    ['PageDown', false, 17, 5],
    ['PageUp', false, 0, 5],
    ['Home', false, 5, 0],
    ['End', false, 5, 9],
    ['Home', true, 0, 0],
    ['End', true, 99, 9],
  ])('%s (Ctrl: %s) leads to %d, %d', (key, ctrl, row, column) =>
    expect(moveBy(key, ctrl, at, size)).toEqual({ row, column }),
  )

  it('stays inside, with the header as the row above the first', () => {
    expect(moveBy('ArrowUp', false, { row: 0, column: 0 }, size)).toEqual({ row: -1, column: 0 })
    expect(moveBy('ArrowUp', false, { row: -1, column: 0 }, size)).toEqual({ row: -1, column: 0 })
    expect(moveBy('ArrowRight', false, { row: 0, column: 9 }, size)).toEqual({ row: 0, column: 9 })
    expect(moveBy('ArrowDown', false, { row: -1, column: 0 }, { ...size, rows: 0 })).toEqual({
      row: -1,
      column: 0,
    })
  })

  it.each(['Tab', 'Escape', 'a'])('%s does not move', (key) =>
    expect(moveBy(key, false, at, size)).toBeNull(),
  )
})

it.each([
  ['UInt64', true],
  ['Nullable(Decimal(9, 2))', true],
  ['LowCardinality(Nullable(Float32))', true],
  ['BFloat16', true],
  ['Interval', false],
  ['Array(Int8)', false],
  ['IntervalDay', false],
  ['String', false],
])('%s is a number: %s', (type, isNumber) => expect(isNumberType(type)).toBe(isNumber))

it('draws a value on one line and never all of a long one', () => {
  expect(cellText('a\r\nb\tc\0')).toBe('a␍↵b⇥c␀')
  expect(cellText('x'.repeat(5000))).toHaveLength(300)
})

it('keeps widths within bounds', () => {
  expect(columnWidth('a', 'Int8', ['1'])).toBeGreaterThanOrEqual(48)
  expect(columnWidth('a', 'String', ['x'.repeat(9999)])).toBe(320)
  expect(columnWidth('a', 'UInt64', ['18446744073709551615'])).toBeGreaterThan(150)
})
