import { describe, expect, it } from 'vitest'
import { placeOf } from './words.ts'

const error = { code: 'VALUE_REJECTED' as const, hint: '' }

describe('the place of an error', () => {
  it('is told when the sentence does not name it', () => {
    const place = { file: 'a.csv', line: 1_500_002, column: 'delay', value: 'n/a', expected: 'Int16' }
    expect(placeOf({ ...error, message: 'A value does not fit.', place })).toBe(
      'a.csv, line 1,500,002, column delay: "n/a" is not Int16',
    )
    const message = 'a.csv, line 1500002, column "delay": "n/a" does not fit Int16.'
    expect(placeOf({ ...error, message, place })).toBe('')
    expect(placeOf({ ...error, message, place: { ...place, value: 'x' } })).not.toBe('')
    expect(placeOf({ ...error, message })).toBe('')
  })
})
