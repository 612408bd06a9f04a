import { expect, test } from 'vitest'
import { sniff } from '../../src/core/dialect/index.ts'
import { corpus, type LabelledFile } from './files.ts'
import { isDialectRight, judge } from './judge.ts'
import { paceOf } from './pace.ts'
import { spectrum } from './spectrum.ts'

const verdicts = [...spectrum(), ...corpus(1)].map(judge)
const shareOf = (test: (verdict: (typeof verdicts)[number]) => boolean): number =>
  verdicts.filter(test).length / verdicts.length

test('the corpus has at least 300 files', () => {
  expect(verdicts.length).toBeGreaterThanOrEqual(300)
})

test('no file is a crash', () => {
  expect(verdicts.filter(({ found }) => found === null).map(({ file }) => file.name)).toEqual([])
})

test('the dialect is right for at least 98 of 100 files', () => {
  expect(shareOf(isDialectRight)).toBeGreaterThanOrEqual(0.98)
})

test('the table is read cell by cell from at least 97 of 100 files', () => {
  expect(shareOf(({ table }) => table)).toBeGreaterThanOrEqual(0.97)
})

test('a wrong table always comes with a warning', () => {
  expect(verdicts.filter((verdict) => verdict.silent).map(({ file }) => file.name)).toEqual([])
})

test('the same bytes give the same answer', () => {
  for (const { file, found } of verdicts.filter(({ file: { bytes } }) => bytes.length < 4_000)) {
    const again = sniff({ bytes: file.bytes, complete: true }, { choice: {}, extension: file.extension })
    expect(again).toEqual(found)
  }
})

test('a MiB is sniffed in 150 ms', () => {
  for (const { file } of verdicts.filter(({ file: { trait } }) => trait === 'large'))
    expect(bestPaceOf(file)).toBeLessThan(150)
})

/** The first time counts the compiler, and others what a busy machine does to the caches. */
function bestPaceOf(file: LabelledFile): number {
  let best = Infinity
  for (let tries = 0; best >= 150 && tries < 12; tries++) best = Math.min(best, paceOf(file))
  return best
}
