import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Report } from '../../src/shared/index.ts'
import { contents, House, openHouse, whileRunning, type CliAnswer } from '../support/cli.ts'

const rows = 1_500_000
let house: House
beforeEach(async () => {
  house = new House()
  house.write('ids.csv', `id\n${Array.from({ length: rows }, (_, index) => `${index}\n`).join('')}`)
  await using open = await openHouse(house)
  for (const table of ['a', 'b'])
    await open.server.command(`CREATE TABLE ${table} (id UInt32) ENGINE = MergeTree ORDER BY id`)
  // Long enough to be met in the middle: a block takes a second.
  await open.server.command(
    'CREATE TABLE slow (id UInt32, z UInt8 MATERIALIZED sleepEachRow(0.000002)) ENGINE = MergeTree ORDER BY id',
  )
  await open.server.command('INSERT INTO slow (id) SELECT number FROM numbers(5)')
})
afterEach(() => house[Symbol.asyncDispose]())

const load = (table: string, ...more: string[]) => ['import', 'ids.csv', '--table', table, ...more, '--json']
const reportOf = ({ stdout }: CliAnswer) => JSON.parse(stdout) as Report

const serverPid = () =>
  (JSON.parse(readFileSync(join(house.data, 'embedded/runtime.json'), 'utf8')) as { pid: number }).pid

async function secondsUntilGone(pid: number): Promise<number> {
  const start = performance.now()
  // A zombie has ended; only its parent has not noticed yet.
  const lives = () => {
    try {
      return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
    } catch {
      return false
    }
  }
  while (lives() && performance.now() - start < 15_000) await sleep(10)
  return (performance.now() - start) / 1000
}

/** Rows of a table, seen by a Flathouse that starts now. */
async function countOf(table: string): Promise<string | undefined> {
  await using open = await openHouse(house)
  return (await contents(open.server))[table]?.split('-')[0]
}

/** Staging tables that are there. */
async function staged(): Promise<string[]> {
  await using open = await openHouse(house)
  return Object.keys(await contents(open.server)).filter((name) => name.startsWith('__flathouse'))
}

it('two processes on one data folder transfer at the same time', async () => {
  const answers = await Promise.all([load('a'), load('b'), load('b')].map((args) => house.run(args)))
  expect(answers.map(({ exitCode, stdout }) => [exitCode, stdout.split('"error":')[1]])).toEqual(
    answers.map(() => [0, 'null}\n']),
  )
  expect([await countOf('a'), await countOf('b')]).toEqual([String(rows), String(rows * 2)])
})

it('SIGKILL of the command line in the middle leaves no server, and the next run works', async () => {
  const cli = house.start(load('slow'))
  const pid = await meetInTheMiddle()
  cli.process.kill('SIGKILL')
  await cli.answer
  expect(await secondsUntilGone(pid)).toBeLessThan(10)
  expect(await countOf('slow')).toBe('5')
  const next = await house.run(load('slow', '--mode', 'replace'))
  expect([next.exitCode, reportOf(next).rowsWritten]).toEqual([0, rows])
  expect(await countOf('slow')).toBe(String(rows))
})

it('SIGKILL of the embedded server in the middle is told, and another attempt starts it again and completes', async () => {
  const cli = house.start(load('slow'))
  process.kill(await meetInTheMiddle(), 'SIGKILL')
  const answer = await cli.answer
  const { error, rowsWritten, failedAttempts } = reportOf(answer)
  expect([answer.exitCode, error, rowsWritten]).toEqual([0, null, rows])
  expect(failedAttempts).toMatchObject([{ number: 1, error: { code: 'CONNECTION_LOST' } }])
  const message = failedAttempts[0]?.error.message.replace(/\.$/, '') ?? ''
  expect(message).toContain('the embedded database')
  expect(answer.stderr).toMatch(
    new RegExp(`^Attempt 1 failed: ${message}; beginning again in [\\d.]+ s\\.$`, 'm'),
  )
  expect(await countOf('slow')).toBe(String(rows + 5))
  expect(await staged()).toEqual([])
})

it('SIGKILL of the embedded server in the middle ends a run of one attempt, and the next run works', async () => {
  const cli = house.start(load('slow', '--attempts', '1'))
  process.kill(await meetInTheMiddle(), 'SIGKILL')
  const answer = await cli.answer
  const { error, failedAttempts } = reportOf(answer)
  expect([answer.exitCode, error?.code, failedAttempts]).toEqual([3, 'CONNECTION_LOST', []])
  expect(error?.message).toContain('the embedded database')
  expect(await countOf('slow')).toBe('5')
  const next = await house.run(load('slow'))
  expect([next.exitCode, reportOf(next).rowsWritten]).toEqual([0, rows])
  expect(await countOf('slow')).toBe(String(rows + 5))
})

it('SIGKILL of the command line in an export leaves the old file, and the next run clears the unfinished one', async () => {
  house.write('out.csv', 'as it was\n')
  const args = ['export', 'slowly', '--to', 'out.csv', '--columns', 'id', '--json']
  await using open = await openHouse(house)
  await open.server.command('CREATE VIEW slowly AS SELECT id FROM a WHERE sleepEachRow(0.00002) = 0')
  await open.server.command(`INSERT INTO a SELECT number FROM numbers(${rows})`)
  const cli = house.start(args)
  await whileRunning(open.server)
  cli.process.kill('SIGKILL')
  await cli.answer
  expect([house.read('out.csv'), house.parts()]).toEqual(['as it was\n', ['out.csv.part']])
  await open.server.command('CREATE OR REPLACE VIEW slowly AS SELECT id FROM a ORDER BY id')
  const next = await house.run(args)
  expect([next.exitCode, reportOf(next).rowsWritten, house.parts()]).toEqual([0, rows, []])
  expect(house.read('out.csv').split('\n')).toHaveLength(rows + 2)
})

/** Waits for the transfer of a command that has just been started, and gives the id of its server's process. */
async function meetInTheMiddle(): Promise<number> {
  await using open = await openHouse(house)
  await whileRunning(open.server)
  return serverPid()
}
