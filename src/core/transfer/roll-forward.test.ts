import { describe, expect, it } from 'vitest'
import { mayHave, restOfMove, type BegunMove } from './roll-forward.ts'

const part = (name: string, rows: bigint, isThere = false) => ({ name, rows, isThere })
const left = [part('a', 1n), part('b', 2n), part('c', 4n)]
const begun: BegunMove = { rows: 7n, before: 100n, now: 100n, left, knowsParts: false, keepsRows: true }

describe('restOfMove', () => {
  it('moves what was not begun', () => {
    expect(restOfMove(begun)).toEqual({ drop: [], move: true })
  })

  it('has nothing to do when all was moved', () => {
    expect(restOfMove({ ...begun, now: 107n, left: [] })).toEqual({ drop: [], move: false })
  })

  it('drops what both tables have, and moves the rest', () => {
    const some = [part('a', 1n, true), part('b', 2n), part('c', 4n, true)]
    expect(restOfMove({ ...begun, now: 105n, left: some })).toEqual({ drop: ['a', 'c'], move: true })
  })

  it('only drops when both tables have all', () => {
    const all = left.map((one) => ({ ...one, isThere: true }))
    expect(restOfMove({ ...begun, now: 1n, left: all })).toEqual({ drop: ['a', 'b', 'c'], move: false })
  })

  it('goes by the ids of parts whatever others insert', () => {
    const some = [part('a', 1n, true), part('b', 2n)]
    const given = { ...begun, now: 5000n, left: some, knowsParts: true }
    expect(restOfMove(given)).toEqual({ drop: ['a'], move: true })
    expect(restOfMove({ ...given, keepsRows: false })).toEqual({ drop: ['a'], move: true })
  })

  it('goes by counts when the target has merged the parts', () => {
    // Some of them had been moved and are gone from staging.
    expect(restOfMove({ ...begun, now: 101n, left: left.slice(1) })).toEqual({ drop: [], move: true })
  })

  it.each([
    ['others have inserted', { now: 103n }],
    ['others may have inserted as many rows', { now: 107n }],
    ['rows are merged in the target', { keepsRows: false }],
    ['counts say that all is there, and ids that nothing is', { now: 107n, knowsParts: true }],
  ])('is unclear when %s', (_, more) => {
    expect(restOfMove({ ...begun, ...more })).toBe('unclear')
  })
})

describe('mayHave', () => {
  const inserting = { rows: 7n, before: 100n, left: [{ rows: 2n }, { rows: 4n }] }
  it.each([
    [101n, 'none'],
    [103n, 'first'],
    [100n, 'unclear'],
    [102n, 'unclear'],
    [107n, 'unclear'],
  ])('of %s rows in the target', (now, expected) => {
    expect(mayHave({ ...inserting, now })).toBe(expected)
  })
})
