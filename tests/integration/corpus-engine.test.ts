import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSurroundings } from '../../src/main/open.ts'
import type { Surroundings } from '../../src/runs/index.ts'
import { readByEngine, type Reading } from '../corpus/engine.ts'
import { corpus } from '../corpus/files.ts'
import { spectrum } from '../corpus/spectrum.ts'
import { password } from '../support/clickhouse-server.ts'
import { removeFolder } from '../support/folder.ts'

const every = 4
/** Most of a file's time is waiting for processes to start. */
const together = 4
let folder: string
let surroundings: Surroundings & AsyncDisposable
const readings: Reading[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flathouse-corpus-'))
  surroundings = await openSurroundings({ dataDir: join(folder, 'data'), password }, {})
  const files = [...spectrum(), ...corpus(7).filter((_, at) => at % every === 0)]
  for (let at = 0; at < files.length; at += together)
    readings.push(
      ...(await Promise.all(
        files.slice(at, at + together).map((file) => readByEngine(file, folder, surroundings)),
      )),
    )
}, 300_000)

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
  removeFolder(folder)
})

it('reads a cross-section of the corpus through the engine', () => {
  const wrong = readings.filter(({ right }) => !right)
  const normalised = readings.filter(({ by }) => by === 'normaliser').length
  console.log(
    `${readings.length} files through the engine (${normalised} normalised): ${readings.length - wrong.length} right`,
  )
  for (const { file, by, why } of wrong) console.log(`${file.name} (${by}): ${why}`)
  expect(readings.length).toBeGreaterThanOrEqual(120)
  expect(normalised).toBeGreaterThanOrEqual(40)
  expect(wrong.length / readings.length).toBeLessThanOrEqual(0.03)
})

it('gives no wrong table without a warning', () => {
  expect(readings.filter(({ right, warned }) => !right && !warned).map(({ file }) => file.name)).toEqual([])
})
