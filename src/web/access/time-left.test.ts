import { describe, expect, it } from 'vitest'
import { timeLeft } from './time-left.ts'

const now = Date.parse('2026-11-21T12:00:00Z')

describe('the time that a token has left', () => {
  it.each([
    ['2026-11-21T12:00:00Z', 'has ended'],
    ['2026-11-21T12:59:00Z', 'in less than an hour'],
    ['2026-11-21T13:29:00Z', 'in 1 hour'],
    ['2026-11-23T11:59:00Z', 'in 48 hours'],
    ['2026-11-23T12:00:00Z', 'in 2 days'],
    ['2026-12-21T11:59:59Z', 'in 30 days'],
  ])('until %s is said as “%s”', (iso, words) => expect(timeLeft(iso, now).words).toBe(words))

  it('is little in the last week', () => {
    expect(timeLeft('2026-11-28T11:59:00Z', now).isSoon).toBe(true)
    expect(timeLeft('2026-11-28T12:00:00Z', now).isSoon).toBe(false)
  })
})
