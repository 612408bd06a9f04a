import { describe, expect, it } from 'vitest'
import { legacyEncodings } from '../../shared/index.ts'
import { encoderFor } from './encode.ts'

const letters = Array.from({ length: 0x10000 - 0x80 }, (_, index) =>
  String.fromCharCode(index + 0x80),
).filter((letter) => !/[\ud800-\udfff\ufffd]/.test(letter))

describe.each(legacyEncodings)('%s', (encoding) => {
  const encode = encoderFor(encoding)
  const decoder = new TextDecoder(encoding, { fatal: true })

  it('gives bytes that are read as the same letter, or none', () => {
    const changed = letters.filter((letter) => {
      const bytes = encode(letter)
      return bytes !== undefined && decoder.decode(bytes) !== letter
    })
    expect(changed).toEqual([])
  })

  it('writes letters one after another', () => {
    const found = letters.filter((letter) => encode(letter) !== undefined)
    expect(found.length).toBeGreaterThan(90)
    const text = `a${found.join('')}z;"\n`
    expect(decoder.decode(encode(text))).toBe(text)
  })
})

it.each([
  ['windows-1252', '€', '80'],
  ['iso-8859-15', '€', 'a4'],
  ['koi8-r', 'Я', 'f1'],
  ['shift_jis', '表', '955c'],
  ['euc-jp', '日', 'c6fc'],
  ['big5', '中', 'a4a4'],
  ['euc-kr', '한', 'c7d1'],
  ['gb18030', '€', 'a2e3'],
  ['gb18030', 'ß', '81308938'],
  ['gb18030', '🚀', '95308b34'],
] as const)('%s writes %s as %s', (encoding, letter, hex) => {
  expect(Buffer.from(encoderFor(encoding)(letter) ?? []).toString('hex')).toBe(hex)
})

it('gb18030 writes every letter beyond the basic plane', () => {
  const text = Array.from({ length: 1000 }, (_, n) => String.fromCodePoint(0x10000 + n * 1048)).join('')
  expect(new TextDecoder('gb18030', { fatal: true }).decode(encoderFor('gb18030')(text))).toBe(text)
})

it.each([
  ['windows-1252', 'Ł'],
  ['shift_jis', 'é'],
  ['iso-8859-2', '€'],
  ['koi8-r', 'é'],
  ['euc-jp', '🚀'],
] as const)('%s has no %s', (encoding, letter) => {
  expect(encoderFor(encoding)(`a${letter}`)).toBeUndefined()
})
