import { describe, expect, it } from 'vitest'
import { AppError, errorBodySchema } from '../shared/index.ts'
import { formatTime } from './format.ts'
import { bodyOf, hintOf, placeOf } from './words.ts'

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
    const malformed = 'a.csv, line 3: the record has 4 fields, but 3 are expected.'
    expect(
      placeOf({ ...error, message: malformed, place: { file: 'a.csv', line: 3, value: '1,2,3,4' } }),
    ).toBe('"1,2,3,4"')
  })
})

describe('what the page says', () => {
  it('tells a time by the reader’s clock', () => {
    const at = '2026-11-21T12:43:48.000Z'
    const { message } = bodyOf({ ...error, message: `The token of gate expired at ${at}.` })
    expect(message).toBe(`The token of gate expired at ${formatTime(at)}.`)
  })

  // These keep Flathouse from starting, so that there is no page.
  const atStart: readonly string[] = ['DATA_IN_USE', 'STATE_UNUSABLE']
  const codes = errorBodySchema.shape.code.options.filter((code) => !atStart.includes(code))

  it.each(codes)('names no option of the command line for %s', (code) => {
    const { hint } = new AppError(code, '')
    expect(hintOf({ code, message: '', hint })).not.toMatch(/--|FLATHOUSE_(?:PASSWORD|TOKEN)/)
  })

  it('leaves options out of sentences', () => {
    const message = 'flights has no column "a": leave it out or rename it (--columns, --map).'
    expect(bodyOf({ ...error, message }).message).toBe(
      'flights has no column "a": leave it out or rename it.',
    )
  })
})
