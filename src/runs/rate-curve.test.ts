import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RateCurve } from './rate-curve.ts'

it('has a rate for every half second', () => {
  const curve = new RateCurve(1000)
  curve.add(1250, 50)
  expect(curve.rates).toEqual([])
  curve.add(1500, 100)
  curve.add(2000, 400)
  expect(curve.rates).toEqual([200, 600])
})

it('spreads what comes late over the time it took', () => {
  const curve = new RateCurve(0)
  curve.add(2000, 200)
  expect(curve.rates).toEqual([100, 100, 100, 100])
})

it('joins neighbours when there are too many', () => {
  const curve = new RateCurve(0)
  for (let share = 1; share <= 121; share++)
    curve.add(share * 500, share % 2 === 0 ? share * 50 : (share - 1) * 50)
  // Rates of 0 and 200 in turn have become 100.
  expect(curve.rates).toEqual(Array.from({ length: 60 }, () => 100))
})

it('never has more than 120 values, which add up to all rows of their time', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.nat(1000)), { maxLength: 500 })
  fc.assert(
    fc.property(steps, (given) => {
      const curve = new RateCurve(0)
      let [at, rows] = [0, 0]
      for (const [passed, more] of given) curve.add((at += passed), (rows += more))
      const { rates } = curve
      expect(rates.length).toBeLessThanOrEqual(120)
      expect(rates.every((rate) => rate >= 0)).toBe(true)
      let width = 500
      while (Math.floor(at / width) > 120) width *= 2
      expect(rates.length).toBe(Math.floor(at / width))
      const shown = rates.reduce((sum, rate) => sum + rate, 0) * (width / 1000)
      expect(shown).toBeLessThanOrEqual(rows + rates.length * (width / 1000))
    }),
  )
})
