import { randomBytes } from 'node:crypto'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statfsSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Api, problemOf } from '../support/api.ts'

let api: Api
beforeAll(async () => {
  api = await Api.start()
})
afterAll(() => api[Symbol.asyncDispose]())

const route = '/api/v1/files/uploads'
const protocol = { 'tus-resumable': '1.0.0' }
const base64 = (text: string) => Buffer.from(text).toString('base64')
const named = (name: string) => ({ 'upload-metadata': `filename ${base64(name)}` })

const begin = (name: string, size: number, headers: Record<string, string> = {}) =>
  api.ask({
    method: 'POST',
    path: route,
    headers: { ...protocol, 'upload-length': String(size), ...named(name), ...headers },
  })

async function begun(name: string, size: number): Promise<string> {
  const { status, headers, text } = await begin(name, size)
  expect([status, text]).toEqual([201, ''])
  expect(headers['location']).toMatch(/^\/api\/v1\/files\/uploads\/[0-9a-f]{32}$/)
  return String(headers['location'])
}

interface Sent {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

/** How much of it the server has. */
const arrived = (path: string) => statSync(join(api.data, 'uploads', path.slice(route.length + 1))).size

/** With `cut`, the connection is broken off when so many bytes have been written, and most of them have arrived. */
function send(path: string, bytes: Buffer, offset: number, cut?: number): Promise<Sent | 'cut'> {
  const headers = {
    ...api.headers,
    ...protocol,
    'content-type': 'application/offset+octet-stream',
    'content-length': bytes.length - offset,
    'upload-offset': offset,
  }
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, api.url), { method: 'PATCH', headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
    })
    asked.on('error', cut === undefined ? reject : () => resolve('cut'))
    if (cut === undefined) asked.end(bytes.subarray(offset))
    else {
      asked.write(bytes.subarray(offset, offset + cut))
      const look = setInterval(() => {
        if (arrived(path) < offset + cut - 900_000) return
        clearInterval(look)
        asked.destroy()
      }, 20)
    }
  })
}

async function sent(path: string, bytes: Buffer, offset = 0): Promise<Sent> {
  const answer = await send(path, bytes, offset)
  if (answer === 'cut') throw new Error('The connection was cut.')
  return answer
}

const look = (path: string) => api.ask({ method: 'HEAD', path, headers: protocol })
const offsetOf = async (path: string) => Number((await look(path)).headers['upload-offset'])

async function uploaded(name: string, bytes: Buffer): Promise<string> {
  const { status, headers } = await sent(await begun(name, bytes.length), bytes)
  expect(status).toBe(204)
  return decodeURIComponent(String(headers['flathouse-path']))
}

const inWorkspace = (name: string) => readFileSync(join(api.files, name))
const kept = () => readdirSync(join(api.data, 'uploads'))

describe('an upload', () => {
  it('arrives whole, and nothing of it stays behind', async () => {
    const bytes = randomBytes(5_000_000)
    expect(await uploaded('whole.csv', bytes)).toBe('whole.csv')
    expect(inWorkspace('whole.csv').equals(bytes)).toBe(true)
    expect(kept().filter((name) => !name.endsWith('.json'))).toEqual([])
    expect(readdirSync(api.files).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('may be larger than any other body', async () => {
    const bytes = randomBytes(50_000_000)
    expect(await uploaded('large.csv', bytes)).toBe('large.csv')
    expect(inWorkspace('large.csv').equals(bytes)).toBe(true)
  })

  it('may be empty, and may be sent with its beginning', async () => {
    const empty = await begin('empty.csv', 0)
    expect(empty.headers['flathouse-path']).toBe('empty.csv')
    expect(inWorkspace('empty.csv')).toHaveLength(0)
    const answer = await fetch(new URL(route, api.url), {
      method: 'POST',
      headers: {
        ...api.headers,
        ...protocol,
        ...named('at once.csv'),
        'upload-length': '4',
        'content-type': 'application/offset+octet-stream',
      },
      body: 'a\n1\n',
    })
    expect([answer.status, answer.headers.get('flathouse-path')]).toEqual([201, 'at%20once.csv'])
    expect(inWorkspace('at once.csv').toString()).toBe('a\n1\n')
  })

  it('of a name that is taken gets another', async () => {
    const first = await Promise.all(['1', '2', '3'].map((text) => uploaded('same.csv.gz', Buffer.from(text))))
    expect(first.sort()).toEqual(['same (2).csv.gz', 'same (3).csv.gz', 'same.csv.gz'])
    expect(first.map((name) => inWorkspace(name).toString()).sort()).toEqual(['1', '2', '3'])
    symlinkSync('/nowhere/at all', join(api.files, 'link.csv'))
    expect(await uploaded('link.csv', Buffer.from('x'))).toBe('link (2).csv')
    writeFileSync(join(api.files, 'export.csv.part'), '')
    expect(await uploaded('export.csv', Buffer.from('x'))).toBe('export (2).csv')
  })

  it('can be given up', async () => {
    const path = await begun('given up.csv', 10)
    await sent(path, Buffer.from('12345'))
    expect((await api.ask({ method: 'DELETE', path, headers: protocol })).status).toBe(204)
    expect((await look(path)).status).toBe(404)
    expect(kept().some((name) => path.endsWith(name.replace(/\..*/, '')))).toBe(false)
  })
})

describe('goes on', () => {
  const bytes = randomBytes(20_000_000)

  it('after the connection was cut', async () => {
    const path = await begun('cut.csv', bytes.length)
    expect(await send(path, bytes, 0, 7_000_000)).toBe('cut')
    const offset = await offsetOf(path)
    expect(offset).toBeGreaterThan(6_000_000)
    expect(offset).toBeLessThanOrEqual(7_000_000)
    expect(await send(path, bytes, offset, 1000)).toBe('cut')
    const { status } = await sent(path, bytes, await offsetOf(path))
    expect(status).toBe(204)
    expect(inWorkspace('cut.csv').equals(bytes)).toBe(true)
  })

  it('after the server was restarted', async () => {
    const path = await begun('restart.csv', bytes.length)
    expect(await send(path, bytes, 0, 9_000_000)).toBe('cut')
    await api.restart()
    const offset = await offsetOf(path)
    expect(offset).toBeGreaterThan(8_000_000)
    const { status, headers } = await sent(path, bytes, offset)
    expect([status, headers['flathouse-path']]).toEqual([204, 'restart.csv'])
    expect(inWorkspace('restart.csv').equals(bytes)).toBe(true)
  })

  it('when the last answer was lost, before or after the move', async () => {
    const path = await begun('lost.csv', 4)
    await sent(path, Buffer.from('a\n1\n'))
    for (const isRestarted of [false, true]) {
      if (isRestarted) await api.restart()
      const { headers } = await look(path)
      expect([headers['upload-offset'], headers['flathouse-path']]).toEqual(['4', 'lost.csv'])
    }
    const other = await begun('unmoved.csv', 4)
    writeFileSync(join(api.data, 'uploads', other.slice(route.length + 1)), 'a\n2\n')
    expect((await look(other)).headers['flathouse-path']).toBe('unmoved.csv')
    expect(inWorkspace('unmoved.csv').toString()).toBe('a\n2\n')
  })

  it('after a crash between choosing the name and moving', async () => {
    const path = await begun('crash.csv', 4)
    const id = path.slice(route.length + 1)
    writeFileSync(join(api.data, 'uploads', id), 'a\n3\n')
    writeFileSync(
      join(api.data, 'uploads', `${id}.json`),
      JSON.stringify({ name: 'crash.csv', size: 4, path: 'crash.csv' }),
    )
    writeFileSync(join(api.files, 'crash.csv'), '')
    expect((await look(path)).headers['flathouse-path']).toBe('crash.csv')
    expect(inWorkspace('crash.csv').toString()).toBe('a\n3\n')
  })
})

describe('is refused', () => {
  it('when the disk could not take it, or nobody knows its size', async () => {
    const { bavail, bsize } = statfsSync(api.data)
    const full = problemOf(await begin('huge.csv', bavail * bsize - 100 * 1024 ** 2))
    expect([full.status, full.code]).toEqual([507, 'DISK_FULL'])
    expect(full.detail).toMatch(
      /^"huge\.csv" has \d+ bytes and the disk has \d+ free, of which 256 MiB stay free\.$/,
    )
    const headers = { ...protocol, ...named('a.csv') }
    const unknown = { ...headers, 'upload-defer-length': '1' }
    for (const given of [headers, unknown]) {
      const { status, code } = await api.problem({ method: 'POST', path: route, headers: given })
      expect([status >= 400 && status <= 501, code]).toEqual([true, 'REQUEST_INVALID'])
    }
  })

  it('when more comes than was said, or from another place, and the connection lives on', async () => {
    const path = await begun('more.csv', 1000)
    const tooMuch = problemOf(await sent(path, randomBytes(30_000_000)))
    expect([tooMuch.status, tooMuch.code]).toEqual([413, 'REQUEST_INVALID'])
    expect(await offsetOf(path)).toBe(0)
    await sent(path, Buffer.alloc(10))
    expect(problemOf(await sent(path, Buffer.alloc(1000), 500)).status).toBe(409)
    const gone = `${route}/${'0'.repeat(32)}`
    const missing = problemOf(await sent(gone, randomBytes(30_000_000)))
    expect([missing.status, missing.code]).toEqual([404, 'FILE_NOT_FOUND'])
  })

  it.each([
    '..%2f..%2fetc%2fpasswd',
    '%2e%2e',
    'x%00',
    'a'.repeat(31),
    'A'.repeat(32),
    '../files',
    'x'.repeat(1000),
  ])('at the address %s', async (id) => {
    for (const method of ['PATCH', 'DELETE']) {
      const { status } = await api.problem({ method, path: `${route}/${id}`, headers: protocol })
      expect([400, 404, 414]).toContain(status)
    }
  })

  it('when it has expired', async () => {
    const path = await begun('old.csv', 10)
    const young = await begun('young.csv', 10)
    const id = path.slice(route.length + 1)
    const long = new Date(Date.now() - 25 * 3600 * 1000)
    for (const name of [id, `${id}.json`]) utimesSync(join(api.data, 'uploads', name), long, long)
    utimesSync(join(api.data, 'uploads', `${young.slice(route.length + 1)}.json`), long, long)
    await api.restart()
    expect((await look(path)).status).toBe(404)
    expect((await look(young)).status).toBe(200)
  })
})

describe('the name', () => {
  beforeEach(() => mkdirSync(join(api.files, 'taken'), { recursive: true }))

  it.each([
    ['../../escape.csv', 'escape.csv'],
    ['/etc/passwd', 'passwd'],
    ['..\\..\\windows.csv', 'windows.csv'],
    ['C:\\a\\b.csv', 'b.csv'],
    ['nul\0l.csv', 'null.csv'],
    ['line\nbreak\u202e.csv', 'linebreak.csv'],
    ['CON', '_CON'],
    ['aux.csv', '_aux.csv'],
    ['com1.csv.gz', '_com1.csv.gz'],
    ['.hidden.csv', 'hidden.csv'],
    ['trailing. . ', 'trailing'],
    ['half.csv.part', 'half.csv'],
    ['-', 'upload'],
    ['..', 'upload (2)'],
    ['', 'upload (3)'],
    ['head:0/x.csv', 'x.csv'],
    ['emoji 🏠 ä.csv', 'emoji 🏠 ä.csv'],
    ['{a,b}*?[x].csv', '{a,b}*?[x].csv'],
    ['taken', 'taken (2)'],
    [`${'ä'.repeat(300)}.csv.gz`, `${'ä'.repeat(96)}.csv.gz`],
    [`x.${'y'.repeat(300)}`, 'x'],
  ])('%j becomes %j', async (name, expected) => {
    expect(await uploaded(name, Buffer.from('a\n1\n'))).toBe(expected)
    expect(inWorkspace(expected).toString()).toBe('a\n1\n')
  })
})
