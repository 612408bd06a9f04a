import { describe, expect, it } from 'vitest'
import type { FileCheck } from '../../../shared/index.ts'
import { checkNotes } from './check-words.ts'

const check = (misfits: number): FileCheck => ({
  records: 10,
  rejected: misfits,
  malformed: 0,
  malformedExamples: [],
  columns: [{ source: 'day', target: 'day', type: 'Date', misfits, examples: [] }],
})

describe('what is to be known besides the count', () => {
  it.each([
    [10, true],
    [6, true],
    [5, false],
    [0, false],
  ])('%i of 10 values that do not fit point to the layout: %s', (misfits, isSaid) => {
    expect(checkNotes(check(misfits)).join(' ').includes('Most values of “day” do not fit')).toBe(isSaid)
  })
})
