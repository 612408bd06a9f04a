import { expect, it } from 'vitest'
import { candidatesFor, chooseType } from './infer.ts'

const nullTokens = ['\\N', 'NA']

it.each([
  [
    ['1', '-20'],
    ['integer', 'float'],
  ],
  [
    ['1', '', '\\N', 'NA'],
    ['integer', 'float'],
  ],
  [['1', '2.5', '1e3'], ['float']],
  [['0', '.5', '-0', 'nan', '-inf'], ['float']],
  [['18446744073709551615'], ['wideInteger', 'hugeInteger', 'float']],
  [['-9223372036854775808'], ['integer', 'wideInteger', 'float']],
  [['007'], []],
  [['+49 30 1234', '5'], []],
  [[' 5'], []],
  [['5 '], []],
  [['1,5'], ['1234,5', '1.234,5', '1 234,5']],
  [['1,234'], ['1,234.5', '1234,5', '1.234,5', '1 234,5']],
  [['1.234'], ['float', '1.234,5']],
  [['12.345,6', '7'], ['1.234,5']],
  [['1,23,4'], []],
  [['01/02/2024'], ['D/M/YYYY', 'M/D/YYYY']],
  [['01/02/2024', '13/02/2024'], ['D/M/YYYY']],
  [['31/02/2024 7:05 PM'], ['D/M/YYYY hh:mm AM']],
  [['20240229'], ['integer', 'float', 'YYYYMMDD']],
  [['20241329'], ['integer', 'float']],
  [['Feb 29, 2024'], ['Mon DD, YYYY']],
  [['{"a":1}'], ['json']],
  [
    ['1', 'n/a', '-'],
    ['integer', 'float'],
  ],
  [['true', 'FALSE'], ['bool']],
  [['yes'], []],
  [['2024-02-29'], ['date']],
  [['2024-02-29', '2024-02-29 00:00:00'], []],
  [['2024-02-29 00:00:00.5'], ['dateTime']],
  [['2024-02-29T00:00:00Z', '2024-02-29 00:00:00-0330'], ['isoDateTime']],
  [['61f0c404-5cb3-11e7-907b-a6006ad3dba0'], ['uuid']],
  [['61f0c4045cb311e7907ba6006ad3dba0'], []],
  [['10.0.0.1'], ['ipv4']],
  [['::1', '::ffff:1.2.3.4'], ['ipv6']],
  [['10.0.0.1', '::1'], []],
  [['Berlin'], []],
])('a sample of %j leaves %j', (sample, expected) => {
  expect(candidatesFor(sample, nullTokens)).toEqual(expected)
})

it('a sample without values rules out nothing but what would show itself', () => {
  const cheap = ['bool', 'integer', 'float', 'date', 'second', 'uuid', 'ipv4', 'ipv6']
  expect(candidatesFor([], nullTokens)).toEqual(cheap)
  expect(candidatesFor(['', 'NA', '-'], nullTokens)).toEqual(cheap)
})

it.each(['date', 'orderDate', 'BIRTH_DAY', 'dt'])('eight digits of %s are first of all a date', (name) => {
  expect(candidatesFor(['20240229'], nullTokens, name)[0]).toBe('YYYYMMDD')
  expect(candidatesFor(['20240229'], nullTokens, `${name}x`)[0]).toBe('integer')
})

it.each([8n, 16n, 32n, 64n, 128n, 256n])('takes the narrowest of the integers around %d bits', (bits) => {
  const wider = bits === 256n ? undefined : bits * 2n
  const choose = (min: bigint, max: bigint) =>
    chooseType('wideInteger', { accepted: [2n], min: String(min), max: String(max) }, 2n)
  const half = 1n << (bits - 1n)
  expect(choose(0n, 2n * half - 1n)).toBe(`UInt${bits}`)
  expect(choose(0n, 2n * half)).toBe(wider && `UInt${wider}`)
  expect(choose(-half, half - 1n)).toBe(`Int${bits}`)
  expect(choose(-half - 1n, 0n)).toBe(wider && `Int${wider}`)
  expect(choose(-1n, half)).toBe(wider && `Int${wider}`)
})

it('chooses nothing when a value is left over, and no number for nan and inf alone', () => {
  expect(chooseType('float', { accepted: [9n], min: '1', max: '2' }, 9n)).toBe('Float64')
  expect(chooseType('float', { accepted: [8n], min: '1', max: '2' }, 9n)).toBeUndefined()
  expect(chooseType('float', { accepted: [9n], min: null, max: null }, 9n)).toBeUndefined()
})

it('widens along a family only as far as it must', () => {
  const choose = (accepted: bigint[], min: string, max: string) =>
    chooseType('dateTime', { accepted, min, max }, 10n)
  expect(choose([10n, 0n, 0n, 0n], '1970-01-01 00:00:00', '2106-02-07 06:28:15')).toBe('DateTime')
  expect(choose([0n, 10n, 0n, 0n], '1970-01-01 00:00:00.5', '9999-01-01 00:00:00')).toBe('DateTime64(3)')
  expect(choose([4n, 4n, 2n, 0n], '1970-01-01 00:00:00', '9999-01-01 00:00:00')).toBe('DateTime64(6)')
  expect(choose([4n, 4n, 1n, 1n], '1970-01-01 00:00:00', '2200-01-01 00:00:00')).toBe('DateTime64(9)')
  expect(choose([4n, 4n, 1n, 1n], '1970-01-01 00:00:00', '9999-01-01 00:00:00')).toBeUndefined()
  expect(choose([4n, 4n, 1n, 1n], '1600-01-01 00:00:00', '2200-01-01 00:00:00')).toBeUndefined()
})
