import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Report } from '../../src/shared/index.ts'
import { contents } from '../support/cli.ts'
import type { Fault, Passed, Side, Strike } from '../support/fault-proxy.ts'
import { noteFault } from '../support/fault-table.ts'
import { openFaultyLegs, type FaultyLegs } from '../support/faulty-legs.ts'
import { chances } from '../support/chances.ts'

/** Of each direction; the long form sets more. */
const rounds = Number(process.env['FAULT_ROUNDS'] ?? 15)
const timeout = 60_000 + rounds * 15_000
const rows = 40_000

let legs: FaultyLegs
let source: string
let exported: string
beforeAll(async () => {
  legs = await openFaultyLegs()
  source = join(legs.dir, 'in.csv')
  exported = join(legs.dir, 'out.csv')
  const lines = Array.from({ length: rows }, (_, id) => `${id},name ${(id * 7919) % 100_003},${id % 4}\n`)
  writeFileSync(source, `id,name,part\n${lines.join('')}`)
  const { server } = legs.theirs
  await server.command(`CREATE TABLE given (id UInt32, name String, part UInt8) ORDER BY id`)
  await server.command(
    `INSERT INTO given SELECT number, concat('name ', toString(number)), 0 FROM numbers(${rows})`,
  )
})
afterAll(() => legs[Symbol.asyncDispose]())

/** A target that has rows already. */
async function resetTarget(): Promise<void> {
  const { server } = legs.theirs
  await server.command(
    'CREATE OR REPLACE TABLE t (id UInt32, name String, part UInt8) ORDER BY id PARTITION BY part',
  )
  await server.command(`INSERT INTO t SELECT number, 'before', number % 4 FROM numbers(100)`)
}

const importing = () => ({
  direction: 'import',
  source: { kind: 'file', path: source },
  target: { kind: 'table', server: legs.connection, table: 't' },
})
const exporting = () => ({
  direction: 'export',
  source: { kind: 'query', server: legs.connection, sql: 'SELECT * FROM given ORDER BY id' },
  target: { kind: 'file', path: exported },
})
const left = async () =>
  Object.keys(await contents(legs.theirs.server)).filter((name) => name.startsWith('__'))
const target = async () => (await contents(legs.theirs.server))['t']
const file = () => (existsSync(exported) ? readFileSync(exported, 'utf8') : undefined)

const faults: Record<Side, Fault[]> = {
  request: ['cut', 'reset', 'stall', { status: 502 }, { status: 504 }],
  answer: ['cut', 'reset', 'stall'],
}

interface Try extends Strike {
  leg: 'near' | 'far'
}

interface Seen {
  passed: Passed
  connections: Passed[]
}

/** Anywhere in what a transfer sends and is answered; half of them among the small statements around the rows. */
function strikes(random: () => number, seen: Record<'near' | 'far', Seen>): Try[] {
  const one = <Value>(values: readonly Value[]) => values[Math.floor(random() * values.length)] as Value
  return Array.from({ length: rounds }, () => {
    const leg = one(['near', 'far'] as const)
    const side = one(['request', 'answer'] as const)
    const fault = one(faults[side])
    const { passed, connections } = seen[leg]
    if (random() < 0.5) return { leg, side, fault, after: Math.floor(random() * passed[side]) }
    const connection = Math.floor(random() * connections.length)
    const most = Math.min(2000, connections[connection]?.[side] ?? 0)
    return { leg, side, fault, after: Math.floor(random() * most), connection }
  })
}

async function undisturbed(transfer: object): Promise<Record<'near' | 'far', Seen>> {
  for (const proxy of [legs.near, legs.far]) proxy.plan(undefined)
  expect((await legs.run(transfer)).error).toBeNull()
  const [near, far] = [legs.near, legs.far].map(({ passed, connections }) =>
    structuredClone({ passed, connections }),
  )
  if (near && far) return { near, far }
  throw new Error('there are two legs')
}

/** Nothing was reached before, so that it may be a wrong address. */
const isFirst = ({ error, failedAttempts }: Report) =>
  failedAttempts.length === 0 && error?.code === 'CONNECTION_TIMEOUT'

describe.each(chances('FAULT_SEED', 1))('at random bytes (seed %d)', (seed, random) => {
  beforeEach(resetTarget)

  it(
    'an import by pipe is complete after another attempt, and there is never a part of it',
    async () => {
      const strikeAt = strikes(random, await undisturbed(importing()))
      const after = await target()
      let struck = 0
      for (const { leg, ...strike } of strikeAt) {
        const what = `seed ${seed}: ${JSON.stringify({ leg, ...strike })}`
        await resetTarget()
        const before = await target()
        legs[leg].plan(strike)
        const report = await legs.run(importing())
        if (legs[leg].hasStruck) struck++
        legs[leg].plan(undefined)
        expect(await left(), what).toEqual([])
        expect([what, report.error, await target()]).toEqual([
          what,
          isFirst(report) ? report.error : null,
          isFirst(report) ? before : after,
        ])
      }
      expect(struck).toBeGreaterThan(rounds / 3)
      noteFault({
        fault: 'cut, reset, stalled, 502 or 504 at random bytes: import',
        rounds: struck,
        result: 'each complete or as before, none in part',
      })
    },
    timeout,
  )

  it(
    'an export by pipe is complete after another attempt, and there is never a part of it',
    async () => {
      const strikeAt = strikes(random, await undisturbed(exporting()))
      const whole = file()
      let struck = 0
      for (const { leg, ...strike } of strikeAt) {
        const what = `seed ${seed}: ${JSON.stringify({ leg, ...strike })}`
        rmSync(exported, { force: true })
        legs[leg].plan(strike)
        const report = await legs.run(exporting())
        if (legs[leg].hasStruck) struck++
        legs[leg].plan(undefined)
        expect([what, report.error]).toEqual([what, isFirst(report) ? report.error : null])
        expect(file() === (report.error ? undefined : whole), what).toBe(true)
        expect(existsSync(`${exported}.part`), what).toBe(false)
      }
      expect(struck).toBeGreaterThan(rounds / 3)
      noteFault({
        fault: 'cut, reset, stalled, 502 or 504 at random bytes: export',
        rounds: struck,
        result: 'each complete or as before, none in part',
      })
    },
    timeout,
  )
})
