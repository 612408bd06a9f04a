import { afterAll, beforeAll, expect, it } from 'vitest'
import { fileCheckSchema } from '../../src/shared/index.ts'
import { Api } from '../support/api.ts'

let api: Api
beforeAll(async () => {
  api = await Api.start()
  api.write('people.csv', 'id,name\n1,a\nx,b\n3\n')
})
afterAll(() => api[Symbol.asyncDispose]())

const path = '/api/v1/files/check'
const transfer = (more: object = {}) => ({
  direction: 'import',
  source: { kind: 'file', path: 'people.csv' },
  target: { kind: 'table', server: 'embedded', table: 'people' },
  types: [
    { column: 'id', type: 'UInt8' },
    { column: 'name', type: 'String' },
  ],
  ...more,
})

it('says how many records an import would reject', async () => {
  expect(await api.post(fileCheckSchema, path, { transfer: transfer() })).toMatchObject({
    records: 3,
    rejected: 2,
    malformed: 1,
    malformedExamples: [{ file: 'people.csv', line: 4, column: null, raw: '3' }],
    columns: [
      { source: 'id', misfits: 1, examples: [{ line: 3, column: 'id', value: 'x', raw: 'x,b' }] },
      { source: 'name', misfits: 0, examples: [] },
    ],
  })
})

it('refuses what is no import', async () => {
  const body = { transfer: transfer({ direction: 'convert' }) }
  expect(await api.problem({ method: 'POST', path, body })).toMatchObject({
    status: 400,
    code: 'REQUEST_INVALID',
  })
})

it('refuses a file outside the workspace', async () => {
  const body = { transfer: transfer({ source: { kind: 'file', path: '../people.csv' } }) }
  expect(await api.problem({ method: 'POST', path, body })).toMatchObject({ status: 403 })
})

it('is for those who may ask a database, and with a connection that is not saved for administrators', async () => {
  const body = { transfer: transfer() }
  const viewer = await api.tokenOf('viewer')
  expect(await api.problem({ method: 'POST', path, body, token: viewer })).toMatchObject({
    code: 'ROLE_MISSING',
  })
  const operator = await api.tokenOf('operator')
  expect((await api.ask({ method: 'POST', path, body, token: operator })).status).toBe(200)
  const server = { protocol: 'http', host: '127.0.0.1', port: 1, database: 'default', user: 'default' }
  const inline = { transfer: transfer({ target: { kind: 'table', server, table: 'people' } }) }
  expect(await api.problem({ method: 'POST', path, body: inline, token: operator })).toMatchObject({
    code: 'ROLE_MISSING',
  })
})
