import { existsSync, mkdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openWorkspace } from '../../src/files/index.ts'
import {
  rejectListSchema,
  runDetailSchema,
  runSchema,
  type Reject,
  type RunDetail,
} from '../../src/shared/index.ts'
import { Api } from '../support/api.ts'
import { badFile, readCsv } from '../support/bad-records.ts'
import { House } from '../support/cli.ts'

let api: Api
let house: House
beforeAll(async () => {
  api = await Api.start()
  house = new House()
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await house[Symbol.asyncDispose]()
})

const people = 'id,name,born\n1,Ann,2001-01-01\n2,Bob,2001-13-01\n3,Cid\nx,"D, d",2001-01-01\n'
const types = [
  { column: 'id', type: 'UInt32' },
  { column: 'name', type: 'String' },
  { column: 'born', type: 'Date' },
]
const raws = ['2,Bob,2001-13-01', '3,Cid', 'x,"D, d",2001-01-01']

async function run(more: object): Promise<RunDetail> {
  const transfer = {
    ...{
      direction: 'import',
      source: { kind: 'file', path: 'people.csv' },
      mode: 'replace',
      types,
      onError: 'skip',
    },
    ...{ target: { kind: 'table', server: 'embedded', table: 'people' }, ...more },
  }
  const { id } = await api.post(runSchema, '/api/v1/runs', { transfer })
  for (;;) {
    const found = await api.get(runDetailSchema, `/api/v1/runs/${id}`)
    if (found.endedAt !== null) return found
    await sleep(50)
  }
}

it('gives the rejects of a run as a list and as two downloads', async () => {
  api.write('people.csv', people)
  const { id, report, log } = await run({})
  const address = `/api/v1/runs/${id}/rejects`
  expect(report).toMatchObject({ error: null, rowsRead: 4, rowsWritten: 1, rowsRejected: 3 })
  expect(report?.rejectsFile).toBe(`${address}/report`)
  expect(log.map(({ message }) => message)).toContain(
    '3 of 4 records were rejected; they are kept with the reason for each.',
  )
  const list = await api.get(rejectListSchema, `${address}?limit=2`)
  expect(list.total).toBe(3)
  expect(list.rejects).toEqual<Reject[]>([
    {
      ...{ file: 'people.csv', line: 3, offset: 30, column: 'born', value: '2001-13-01', raw: raws[0] ?? '' },
      reason: '"2001-13-01" does not fit Date',
    },
    {
      ...{ file: 'people.csv', line: 4, offset: 47, column: null, value: null, raw: raws[1] ?? '' },
      reason: 'the record has 2 fields, but 3 are expected',
    },
  ])
  const all = await api.ask({ path: `${address}/report` })
  expect(all.headers['content-disposition']).toContain('filename="people.rejects.csv"')
  expect(readCsv(all.text).map((row) => row.at(-1))).toEqual(['raw', ...raws])
  const records = await api.ask({ path: `${address}/records` })
  expect(records.headers['content-disposition']).toContain('filename="people.rejects.records.csv"')
  expect(records.text).toBe(`id,name,born\n${raws.join('\n')}\n`)
})

it('keeps them when there are too many', async () => {
  const { id, report } = await run({ rejectLimit: { records: 2 } })
  expect(report).toMatchObject({ status: 'failed', rowsRejected: 3, error: { code: 'REJECT_LIMIT' } })
  expect((await api.get(rejectListSchema, `/api/v1/runs/${id}/rejects`)).total).toBe(3)
})

it('says what there is not', async () => {
  api.write('fine.csv', 'id,name,born\n1,Ann,2001-01-01\n')
  const { id, report } = await run({ source: { kind: 'file', path: 'fine.csv' } })
  expect(report).toMatchObject({ error: null, rowsRejected: 0, rejectsFile: null })
  expect(await api.get(rejectListSchema, `/api/v1/runs/${id}/rejects`)).toEqual({ total: 0, rejects: [] })
  for (const path of [`${id}/rejects/report`, 'no-such-run/rejects', '../x/rejects'])
    expect((await api.ask({ path: `/api/v1/runs/${path}` })).status).toBe(404)
  expect((await api.ask({ path: `/api/v1/runs/${id}/rejects`, token: null })).status).toBe(401)
})

it('shows them on the command line, and copies both forms', async () => {
  house.write('people.csv', people)
  const given = ['--types', 'id=UInt32,name=String,born=Date', '--on-error', 'skip']
  const { exitCode, report } = await house.transfer(['import', 'people.csv', '--table', 'p', ...given])
  expect({ exitCode, rejected: report.rowsRejected }).toEqual({ exitCode: 0, rejected: 3 })
  expect(report.rejectsFile).toBe(join(house.data, 'rejects', report.runId, 'report.csv'))
  const shown = await house.run(['runs', 'rejects', report.runId, '--limit', '2', '--to', 'bad.csv'])
  expect(shown.stdout).toMatch(/^3 +born +"2001-13-01" does not fit Date/m)
  expect(shown.stdout).toContain('and 1 more')
  expect(readCsv(house.read('bad.csv'))).toHaveLength(4)
  expect(house.read('bad.records.csv')).toBe(`id,name,born\n${raws.join('\n')}\n`)
  house.write('bad.records.csv', 'id,name,born\n2,Bob,2001-12-01\n3,Cid,2002-01-01\n4,"D, d",2001-01-01\n')
  const again = await house.transfer(['import', 'bad.records.csv', '--table', 'p', ...given])
  expect(again.report).toMatchObject({ rowsWritten: 3, rowsRejected: 0 })
  const list = await house.run(['runs', 'list'])
  expect(list.stdout).toBe('There are no runs.\n')
  expect((await house.run(['runs', 'show', 'no-such-run'])).exitCode).toBe(2)
})

it('keeps those of the newest 200 runs', async () => {
  const dataDir = join(house.dir, 'many')
  await using workspace = await openWorkspace({ dataDir, cwd: house.files, streams: false })
  const id = (n: number) => `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`
  for (let n = 0; n < 205; n++) {
    mkdirSync(join(dataDir, 'rejects', id(n)), { recursive: true })
    utimesSync(join(dataDir, 'rejects', id(n)), n, n)
  }
  await using writer = await workspace.rejects.begin(id(999), 'a.csv')
  await writer.begin(Buffer.from('id\n'))
  const [reject] = badFile(100).bad
  if (reject) await writer.add({ ...reject, file: 'a.csv', reason: 'it is bad' }, Buffer.from('x\n'))
  await writer.commit()
  const isKept = (n: number) => existsSync(join(dataDir, 'rejects', id(n)))
  expect([0, 5, 6, 204, 999].map(isKept)).toEqual([false, false, true, true, true])
})
