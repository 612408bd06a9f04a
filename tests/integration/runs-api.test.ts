import { mkdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  reportSchema,
  runDetailSchema,
  runListSchema,
  runSchema,
  savedConnectionSchema,
  type RunDetail,
} from '../../src/shared/index.ts'
import { Api } from '../support/api.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'

let api: Api
let theirs: TestServer
beforeAll(async () => {
  theirs = await startServer()
  api = await Api.start()
  api.write('three.csv', 'id,name\n1,a\n2,b\n3,c\n')
  mkdirSync(`${api.files}/out`)
  const saved = { connection: theirs.connection, secrets: { password } }
  await api.put(savedConnectionSchema, '/api/v1/connections/theirs', saved)
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await theirs[Symbol.asyncDispose]()
})

const imported = (table: string) => ({
  direction: 'import',
  source: { kind: 'file', path: 'three.csv' },
  target: { kind: 'table', server: 'embedded', table },
})
const slow = {
  direction: 'export',
  source: {
    kind: 'query',
    server: 'theirs',
    sql: 'SELECT number AS id, sleepEachRow(0.00001) AS z FROM numbers(1000000)',
  },
  target: { kind: 'file', path: 'out/slow.csv' },
}
const start = (transfer: unknown) => api.post(runSchema, '/api/v1/runs', { transfer })
const get = (id: string) => api.get(runDetailSchema, `/api/v1/runs/${id}`)

async function ended(id: string): Promise<RunDetail> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const run = await get(id)
    if (run.endedAt !== null) return run
    if (Date.now() > deadline) throw new Error(`run ${id} is still ${run.status}`)
    await sleep(50)
  }
}

it('starts a run, and says where it can be found', async () => {
  const { status, headers, text } = await api.ask({
    method: 'POST',
    path: '/api/v1/runs',
    body: { transfer: imported('started') },
  })
  const run = runSchema.parse(JSON.parse(text))
  expect([status, headers['location']]).toEqual([201, `/api/v1/runs/${run.id}`])
  expect(run).toMatchObject({ status: 'queued', report: null, transfer: imported('started') })
  const detail = await ended(run.id)
  expect(detail).toMatchObject({ status: 'completed', report: { runId: run.id, rowsWritten: 3 } })
  expect(detail.log.at(-1)?.message).toBe('Row counts are equal on both ends: 3.')
  expect(detail.command).toMatch(/^flathouse import /)
  expect(detail.yaml).toContain('three.csv')
})

it('refuses what would be ignored', async () => {
  const transfer = { ...imported('ignored'), rejectLimit: { records: 1 } }
  for (const path of ['/api/v1/runs', '/api/v1/plan']) {
    const problem = await api.problem({ method: 'POST', path, body: { transfer } })
    expect(problem).toMatchObject({ status: 400, code: 'REQUEST_INVALID' })
    expect(problem.detail).toContain('there are no rejects to limit')
  }
})

it('gives the report as a file, once there is one', async () => {
  const { id } = await start(slow)
  expect(await api.problem(`/api/v1/runs/${id}/report`)).toMatchObject({
    status: 400,
    code: 'REQUEST_INVALID',
  })
  const cancelled = await api.ask({ method: 'POST', path: `/api/v1/runs/${id}/cancel` })
  expect(cancelled.status).toBe(202)
  const run = await ended(id)
  const { headers, text } = await api.ask({ path: `/api/v1/runs/${id}/report` })
  expect(headers['content-disposition']).toBe(`attachment; filename="flathouse-run-${id}.json"`)
  expect(reportSchema.parse(JSON.parse(text))).toEqual(run.report)
  expect(run.report).toMatchObject({ runId: id, status: 'cancelled' })
  const again = { method: 'POST', path: `/api/v1/runs/${id}/cancel` }
  expect(await api.problem(again)).toMatchObject({ status: 409, code: 'RUN_ENDED' })
})

it('lists runs, the newest first, by status and direction, page by page', async () => {
  const ids: string[] = []
  for (const table of ['page1', 'page2', 'page3']) {
    const { id } = await start(imported(table))
    await ended(id)
    ids.unshift(id)
  }
  const { id: failed } = await start({ ...slow, source: { ...slow.source, sql: 'SELECT nonsense' } })
  await ended(failed)
  const list = (query: string) => api.get(runListSchema, `/api/v1/runs?${query}`)
  const first = await list('status=completed&limit=2')
  expect([first.runs.map(({ id }) => id), first.more]).toEqual([ids.slice(0, 2), true])
  const second = await list(`status=completed&limit=1&before=${ids[1] ?? ''}`)
  expect(second.runs.map(({ id }) => id)).toEqual(ids.slice(2))
  expect((await list('direction=export')).runs[0]).toMatchObject({ id: failed, status: 'failed' })
  expect((await list('status=queued')).runs).toEqual([])
  for (const query of ['limit=0', 'limit=x', 'status=done', 'other=1']) {
    expect(await api.problem(`/api/v1/runs?${query}`)).toMatchObject({ status: 400, code: 'REQUEST_INVALID' })
  }
  expect(await api.problem('/api/v1/runs?before=nobody')).toMatchObject({
    status: 404,
    code: 'RUN_NOT_FOUND',
  })
})

it.each([
  ['GET', '/api/v1/runs/nobody'],
  ['GET', '/api/v1/runs/nobody/report'],
  ['POST', '/api/v1/runs/nobody/cancel'],
])('%s %s is a problem', async (method, path) => {
  expect(await api.problem({ method, path })).toMatchObject({ status: 404, code: 'RUN_NOT_FOUND' })
})

it('refuses what is no transfer, and keeps no run of it', async () => {
  const before = await api.get(runListSchema, '/api/v1/runs')
  const bodies = [
    {},
    { transfer: { direction: 'import' } },
    { transfer: { ...imported('t'), password: 'x' } },
    { transfer: imported('t'), more: 1 },
  ]
  for (const body of bodies) {
    const request = { method: 'POST', path: '/api/v1/runs', body }
    expect(await api.problem(request)).toMatchObject({ status: 400, code: 'REQUEST_INVALID' })
  }
  expect(await api.get(runListSchema, '/api/v1/runs')).toEqual(before)
})

it('knows its runs after a restart, and those that a stop interrupted', async () => {
  const { id: done } = await start(imported('restarted'))
  const before = await ended(done)
  const { id: open } = await start(slow)
  await api.restart()
  expect(await get(done)).toEqual(before)
  expect(await get(open)).toMatchObject({
    status: 'interrupted',
    report: { runId: open, error: { code: 'RUN_INTERRUPTED' } },
  })
})
