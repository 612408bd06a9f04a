import { describe, expect, it } from 'vitest'
import * as format from './format.ts'

describe('formats', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [1_020_000_000, '1.02 GB'],
    [99_960_000, '100 MB'],
    [1e18, '1000 PB'],
  ])('%d bytes as %s', (bytes, text) => expect(format.formatBytes(bytes)).toBe(text))

  it.each([
    [0, '0'],
    [9999, '9,999'],
    [9999.6, '10.0 k'],
    [999_499, '999 k'],
    [999_500, '1.00 M'],
    [1_234_567, '1.23 M'],
    [2.5e9, '2.50 G'],
  ])('%d shortly as %s', (value, text) => expect(format.formatShort(value)).toBe(text))

  it.each([
    [0, '0.0 s'],
    [9949, '9.9 s'],
    [9960, '10 s'],
    [59_600, '1 min 00 s'],
    [185_000, '3 min 05 s'],
    [3_599_900, '1 h 00 min'],
    [7_800_000, '2 h 10 min'],
    [273_600_000, '3 d 4 h'],
  ])('%d ms as %s', (ms, text) => expect(format.formatDuration(ms)).toBe(text))

  it('says how long ago a moment was', () => {
    const now = Date.parse('2026-11-21T12:00:00Z')
    const ago = (iso: string) => format.formatAgo(iso, now)
    expect(ago('2026-11-21T12:00:05Z')).toBe('just now')
    expect(ago('2026-11-21T11:59:00Z')).toBe('1 minute ago')
    expect(ago('2026-11-21T09:00:00Z')).toBe('3 hours ago')
    expect(ago('2026-11-20T11:00:00Z')).toBe('yesterday')
    expect(ago('2026-11-01T12:00:00Z')).toBe('2026-11-01')
  })

  it('never shows 100% before the end', () => expect(format.formatPercent(0.999)).toBe('99%'))

  it('counts nouns', () => {
    expect(format.formatNoun(1, 'row')).toBe('1 row')
    expect(format.formatNoun(1_234_567, 'row')).toBe('1,234,567 rows')
  })

  it('gives shares in percent without digits that are not meant', () => {
    expect([0.07, 0.001, 1, 0.29].map(format.percentOf)).toEqual([7, 0.1, 100, 29])
  })
})
