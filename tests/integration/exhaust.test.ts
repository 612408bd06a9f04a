import { once } from 'node:events'
import { createServer, connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { previewSchema, savedConnectionSchema } from '../../src/shared/index.ts'
import { Api, bearer, problemOf, type Request } from '../support/api.ts'
import { closedPort, listen } from '../support/broken-servers.ts'

const nowhere = { protocol: 'http', host: '127.0.0.1', database: 'default', user: 'default' } as const

let api: Api
beforeAll(async () => (api = await Api.start()))
afterAll(() => api[Symbol.asyncDispose]())

it('opens WebSockets nowhere else, also for who has logged in', async () => {
  for (const path of [
    '/',
    '/nothing',
    '/healthz',
    '/api/v1/runs',
    '/api/v1/connections/test',
    '/api/v1/events/x',
  ])
    for (const headers of [{}, api.headers])
      expect([path, await upgrade(path, headers)]).not.toEqual([path, 101])
})

it('has at most a hundred WebSockets of one user', async () => {
  const headers = bearer(await api.tokenOf('viewer'))
  const sockets = Array.from({ length: 101 }, () => {
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}/api/v1/events`, { headers })
    return { socket, closed: new Promise<number>((end) => (socket.onclose = ({ code }) => end(code))) }
  })
  expect(await Promise.race(sockets.map(({ closed }) => closed))).toBe(1013)
  for (const { socket } of sockets) socket.close()
  await Promise.all(sockets.map(({ closed }) => closed))
})

it('asks about the type of a column once, however often it was chosen', async () => {
  const path = api.write('typed.csv', 'a\n1\n')
  const types = Array.from({ length: 30_000 }, (_, index) => ({
    column: 'a',
    type: `FixedString(${index + 1})`,
  }))
  const body = { source: { kind: 'file', path }, types: [...types, { column: 'a', type: 'Int8' }] }
  const { columns } = await api.post(previewSchema, '/api/v1/preview', body)
  expect(columns).toMatchObject([{ name: 'a', type: 'Int8' }])
})

it.each([
  [
    'joins',
    { kind: 'table', server: 'embedded', table: 't', joins: Array(51).fill({ kind: 'cross', table: 't' }) },
  ],
  ['a path', { kind: 'file', path: 'a/'.repeat(5000) }],
])('takes no more than a person would ask for: %s', async (_, source) => {
  const asked = { method: 'POST', path: '/api/v1/preview', body: { source } }
  expect(await api.problem(asked)).toMatchObject({ status: 400, code: 'REQUEST_INVALID' })
})

it('gives at most twelve costly answers of one user at a time', async () => {
  const held: Socket[] = []
  const silent = createServer((socket) => void held.push(socket))
  const connection = { ...nowhere, port: await listen(silent) }
  await api.put(savedConnectionSchema, '/api/v1/connections/silent', { connection })
  const token = await api.tokenOf('operator')
  const test: Request = {
    method: 'POST',
    path: '/api/v1/connections/test',
    body: { name: 'silent' },
    token,
  }
  const asked = Array.from({ length: 13 }, () => api.ask(test))
  const first = await Promise.race(asked)
  expect(problemOf(first)).toMatchObject({
    status: 429,
    detail: '12 requests of local are being answered; the next must wait for one of them.',
  })
  silent.close().on('connection', (socket: Socket) => socket.destroy())
  for (const socket of held) socket.destroy()
  const answers = await Promise.all(asked)
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(12)
  expect((await api.ask(test)).status).toBe(200)
})

it('counts the tries for one user together, however the name is typed and wherever they come from', async () => {
  const publicUrl = new URL('https://flathouse.example')
  const port = await closedPort()
  await using api = await Api.start({
    publicUrl,
    trustProxy: ['127.0.0.1'],
    port,
    reach: { allow: 'any', deny: [] },
  })
  const names = [
    'oscar',
    'OSCAR',
    'ｏscar',
    'oｓcar',
    'osｃar',
    'oscａr',
    'oscaｒ',
    'ＯSCAR',
    'ｏｓcar',
    'ｏsｃar',
    'ｏscａr',
  ]
  const tries = names.map(async (user, number) => {
    const headers = { 'x-forwarded-for': `192.0.2.${number}` }
    const body = { user, password: 'a wrong password' }
    return (await api.ask({ method: 'POST', path: '/api/v1/session', headers, body, token: null })).status
  })
  expect((await Promise.all(tries)).toSorted()).toEqual([...Array<number>(10).fill(401), 429])
})

it('lets go of who is not let in and sends on', { timeout: 60_000 }, async () => {
  const { host, hostname, port } = new URL(api.url)
  const socket = connect(Number(port), hostname).on('error', () => undefined)
  const head = `POST /api/v1/files/uploads HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000000\r\n\r\n`
  socket.write(head)
  const drops = setInterval(() => socket.write('x'), 200)
  let answer = ''
  socket.setEncoding('utf8').on('data', (part: string) => (answer += part))
  // Whoever goes on sending when the other side has closed may be told by a reset.
  await once(socket, 'close')
  clearInterval(drops)
  expect(answer).toMatch(/^HTTP\/1.1 401 /)
})

/** The status. */
async function upgrade(path: string, headers: Record<string, string>): Promise<number> {
  const { host, hostname, port } = new URL(api.url)
  const asked = { host, connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
  const all = { ...asked, 'sec-websocket-key': 'c2l4dGVlbiBieXRlcyA6KQ==', ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  const socket = connect(Number(port), hostname)
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  const head = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
  socket.destroy()
  return Number(head.toString('latin1').split(' ')[1])
}
