import { expect, it } from 'vitest'
import type { CheckedField } from './checked.ts'
import { whyMisfit } from './reject-words.ts'

const field = (source: string, type: string): CheckedField => ({
  ...{ field: 'c1', source, target: source, type },
  check: { value: '', ok: '', misfit: '' },
})
const [qty, day] = [field('qty', 'Int32'), field('day', 'Date')]
const others = ['a', 'b', 'c', 'd', 'e'].map((name) => field(name, 'UInt8'))

it.each([
  [[qty], 'abc', true, '"abc" does not fit Int32'],
  [[qty], null, true, 'an empty field or a NULL does not fit Int32'],
  [[qty], 'a\ufffd', false, '"a\ufffd" does not fit Int32'],
  [[field('note', 'String')], 'a\ufffd', false, 'the text is not valid UTF-8'],
  [[qty, day], 'x', true, '"x" does not fit Int32; nor does "day" (Date)'],
  [
    [qty, ...others],
    'x',
    true,
    '"x" does not fit Int32; nor do "a" (UInt8), "b" (UInt8), "c" (UInt8), 2 more',
  ],
  [[qty], 'x'.repeat(99), true, `"${'x'.repeat(60)}…" does not fit Int32`],
])('says why a record is rejected (%#)', (fields, value, isValid, words) => {
  expect(whyMisfit({ fields, value, isValid })).toBe(words)
})
