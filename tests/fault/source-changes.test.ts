import {
  appendFileSync,
  readdirSync,
  renameSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openSurroundings } from '../../src/main/open.ts'
import { runTransfer } from '../../src/runs/index.ts'
import { transferSchema } from '../../src/shared/index.ts'
import { contents, House, openHouse, whileRunning } from '../support/cli.ts'
import { noteFault } from '../support/fault-table.ts'

let house: House
beforeEach(() => (house = new House()))
afterEach(() => house[Symbol.asyncDispose]())

const rows = 500_000
const records = (from: number) => Array.from({ length: rows }, (_, n) => `${from + n}||x\n`).join('')
const normalised = `id||t\n${records(1_000_000)}`
const plain = normalised.replaceAll('||', ',')
/** As long as the first, and of other records. */
const other = { normalised: `id||t\n${records(2_000_000)}`, plain: '' }
other.plain = other.normalised.replaceAll('||', ',')

interface Kind {
  name: string
  before: Buffer
  instead: Buffer
}

const kinds: Kind[] = [
  { name: 'in.csv', before: Buffer.from(plain), instead: Buffer.from(other.plain) },
  { name: 'in.csv.gz', before: gzipSync(plain), instead: gzipSync(other.plain) },
  { name: 'in.txt', before: Buffer.from(normalised), instead: Buffer.from(other.normalised) },
]

const changes: Record<string, (path: string, kind: Kind) => void> = {
  replaced: (path, { instead }) => {
    const { atime, mtime } = statSync(path)
    writeFileSync(`${path}.new`, instead)
    utimesSync(`${path}.new`, atime, mtime)
    renameSync(`${path}.new`, path)
  },
  emptied: (path) => truncateSync(path, 0),
  truncated: (path, { before }) => truncateSync(path, Math.floor(before.length / 2)),
  grown: (path) => appendFileSync(path, '5,x\n'),
}

const midway = kinds.flatMap((kind) =>
  ['replaced', 'truncated', 'grown'].map((how) => ({ how, kind, name: kind.name })),
)

it.each(midway)('$name that is $how while it is read changes nothing', async ({ how, kind, name }) => {
  await using open = await openHouse(house)
  // Long enough to be met in the middle.
  const shape = '(id UInt32, t String, z UInt8 MATERIALIZED sleepEachRow(0.000004))'
  await open.server.command(`CREATE TABLE slow ${shape} ENGINE = MergeTree ORDER BY id`)
  await open.server.command("INSERT INTO slow (id, t) SELECT number, 'old' FROM numbers(5)")
  const before = await contents(open.server)
  house.write(name, kind.before)
  const run = house.transfer(['import', name, '--table', 'slow'])
  await whileRunning(open.server)
  changes[how]?.(house.path(name), kind)
  const { exitCode, report } = await run
  expect([exitCode, report.status, report.error?.code]).toEqual([4, 'failed', 'VERIFICATION_FAILED'])
  expect(report.error?.message).toBe(`"${name}" was changed while it was being read.`)
  expect(await contents(open.server)).toEqual(before)
  noteFault({
    fault: `a file that is ${how} while it is read: import`,
    rounds: 1,
    result: 'noticed, nothing changed',
  })
})

it.each(Object.entries(changes))('a conversion of a file that is %s makes no file', async (how, change) => {
  await using surroundings = await openSurroundings({ dataDir: house.data, password: '' }, {})
  for (const kind of kinds) {
    const path = house.path(house.write(`${how}-${kind.name}`, kind.before))
    const transfer = transferSchema.parse({
      direction: 'convert',
      source: { kind: 'file', path },
      target: { kind: 'file', path: house.path('out.tsv') },
    })
    const report = await runTransfer(transfer, surroundings, {
      signal: new AbortController().signal,
      onEvent: (event) => {
        if (event.type === 'status' && event.status === 'ingesting') change(path, kind)
      },
    })
    expect(report.error).toMatchObject({ code: 'VERIFICATION_FAILED' })
    expect(report.error?.message).toBe(`"${path}" was changed while it was being read.`)
    expect(readdirSync(house.files).filter((name) => name.startsWith('out'))).toEqual([])
    noteFault({
      fault: `a file that is ${how} while it is read: conversion`,
      rounds: 1,
      result: 'noticed, no file made',
    })
  }
})
