import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  fileHeadSchema,
  fileListSchema,
  inspectionSchema,
  maxHeadBytes,
  previewSchema,
} from '../../src/shared/index.ts'
import { type Answer, Api, problemOf } from '../support/api.ts'

let api: Api
beforeAll(async () => {
  api = await Api.start()
  mkdirSync(join(api.files, 'deep/er'), { recursive: true })
  mkdirSync(join(api.files, '.hidden'))
  mkdirSync(join(api.dir, 'outside'))
  writeFileSync(join(api.dir, 'outside/secret.csv'), 'a\nsecret\n')
  for (const name of ['a10.csv', 'a9.csv', 'deep/b.csv', '.env', 'x.csv.part']) api.write(name, 'a\n1\n')
  const link = (target: string, name: string) => symlinkSync(target, join(api.files, name))
  link('deep/b.csv', 'inside.csv')
  link('deep', 'folder')
  link('../outside/secret.csv', 'outside.csv')
  link('../outside', 'out')
  link(api.data, 'data')
  link('nowhere', 'dangling')
  execFileSync('mkfifo', [join(api.files, 'fifo')])
})
afterAll(() => api[Symbol.asyncDispose]())

const at = (route: string, query: Record<string, string>) =>
  `/api/v1/files${route}?${new URLSearchParams(query).toString()}`
const list = (folder: string) => api.get(fileListSchema, at('', { folder }))
const download = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  api.ask({ method, path: at('/content', { path }), headers })

/** Ways out of the workspace, none of which may tell whether there is anything. */
const escapes = [
  ['../outside/secret.csv', 403],
  ['../outside/nothing.csv', 403],
  ['deep/../../outside/secret.csv', 403],
  ['/etc/passwd', 403],
  ['/etc/nothing', 403],
  ['outside.csv', 403],
  ['out/secret.csv', 403],
  ['data/uploads', 403],
  ['fifo', 400],
  ['a9.csv\0.png', 400],
  ['x'.repeat(300), 404],
  ['y/'.repeat(3000), 404],
  ['CON', 404],
  ['C:\\windows\\win.ini', 404],
  ['..\\outside\\secret.csv', 404],
  ['head:../a9.csv', 404],
  ['head:00000000-0000-0000-0000-000000000000/../a9.csv', 404],
  ['head:00000000-0000-0000-0000-000000000000/a9.csv', 404],
] as const

describe('a list', () => {
  it('shows folders first and names in natural order, and nothing hidden or outside', async () => {
    const { folder, entries, freeBytes } = await list('')
    expect([folder, freeBytes > 0]).toEqual(['', true])
    expect(entries.map(({ kind, path, bytes }) => `${kind} ${path} ${bytes}`)).toEqual([
      'folder deep 0',
      'folder folder 0',
      'file a9.csv 4',
      'file a10.csv 4',
      'file inside.csv 4',
    ])
    expect(Date.now() - Date.parse(entries[2]?.modifiedAt ?? '')).toBeLessThan(60_000)
  })

  it('names a folder by where it is', async () => {
    for (const folder of ['deep', './deep/', 'deep/er/..', 'folder', `${api.files}/deep`]) {
      const found = await list(folder)
      expect([found.folder, found.entries.map(({ path }) => path)]).toEqual([
        'deep',
        ['deep/er', 'deep/b.csv'],
      ])
    }
  })

  it.each([
    ...escapes.filter(([path]) => path !== 'fifo'),
    ['out', 403],
    ['data', 403],
    ['a9.csv', 404],
    ['fifo', 404],
  ] as const)('refuses %j with %i', async (folder, status) => {
    expect((await api.problem(at('', { folder }))).status).toBe(status)
  })
})

describe('a download', () => {
  it('has its name, its type and its length', async () => {
    api.write('Zürich "1".csv', 'ä;b\n')
    const { status, headers, text } = await download('Zürich "1".csv')
    expect([status, text]).toEqual([200, 'ä;b\n'])
    expect(headers).toMatchObject({
      'content-disposition': `attachment; filename="Z_rich _1_.csv"; filename*=UTF-8''Z%C3%BCrich%20%221%22.csv`,
      'content-type': 'text/csv',
      'content-length': '5',
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
    })
    api.write('page.html', '<script>')
    expect((await download('page.html')).headers['content-type']).toBe('application/octet-stream')
    api.write('empty.csv', '')
    expect(await download('empty.csv')).toMatchObject({
      status: 200,
      text: '',
      headers: { 'content-length': '0' },
    })
  })

  it('tells as much without its bytes', async () => {
    const { status, headers, text } = await download('a9.csv', {}, 'HEAD')
    expect([status, headers['content-length'], text]).toEqual([200, '4', ''])
  })

  it.each([
    ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
    ['bytes=2-5', 206, '2345', 'bytes 2-5/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=7-99999999999999999999', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-30', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=5-2', 200, '0123456789', undefined],
    ['bytes=0-1,3-4', 200, '0123456789', undefined],
    ['lines=1-2', 200, '0123456789', undefined],
    ['bytes=-', 200, '0123456789', undefined],
    ['bytes=10-', 416, undefined, 'bytes */10'],
    ['bytes=-0', 416, undefined, 'bytes */10'],
  ])('answers the range %s with %i', async (range, status, text, contentRange) => {
    api.write('digits', '0123456789')
    const answer = await download('digits', { range })
    expect([answer.status, answer.headers['content-range']]).toEqual([status, contentRange])
    if (text === undefined) expect(problemOf(answer).status).toBe(416)
    else expect([answer.text, answer.headers['content-length']]).toEqual([text, String(text.length)])
  })

  it('gives a part only of what the asker knows', async () => {
    api.write('growing', '0123')
    const { etag = '', 'last-modified': modified = '' } = (await download('growing')).headers
    const part = (known: unknown) => download('growing', { range: 'bytes=1-2', 'if-range': String(known) })
    expect([(await part(etag)).text, (await part(modified)).text]).toEqual(['12', '12'])
    api.write('growing', '012345')
    expect(await part(etag)).toMatchObject({ status: 200, text: '012345' })
    expect(await part('"nonsense"')).toMatchObject({ status: 200 })
  })

  it('breaks off when the file becomes shorter', async () => {
    api.write('shrinking', Buffer.alloc(40_000_000))
    const { body } = await fetch(new URL(at('/content', { path: 'shrinking' }), api.url), {
      headers: api.headers,
    })
    const reader = (body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    truncateSync(join(api.files, 'shrinking'), 30_000_000)
    const rest = async () => {
      while (!(await reader.read()).done);
    }
    await expect(rest()).rejects.toThrow('terminated')
  })

  it.each([...escapes, ['deep', 400], ['dangling', 404]] as const)(
    'of %j is refused with %i',
    async (path, status) => {
      const answer = await download(path)
      expect(problemOf(answer).status).toBe(status)
      expect(answer.text).not.toContain('secret\n')
    },
  )
})

describe('deleting', () => {
  const remove = (path: string) => api.ask({ method: 'DELETE', path: at('', { path }) })

  it('takes a file, or a link and not what it leads to', async () => {
    api.write('deep/gone.csv', 'a\n1\n')
    symlinkSync('deep/gone.csv', join(api.files, 'gone.csv'))
    expect(await remove('gone.csv')).toMatchObject({ status: 204, text: '' })
    expect(readdirSync(join(api.files, 'deep'))).toContain('gone.csv')
    expect((await remove('folder/gone.csv')).status).toBe(204)
    expect(readdirSync(join(api.files, 'deep'))).not.toContain('gone.csv')
    expect(problemOf(await remove('deep/gone.csv')).code).toBe('FILE_NOT_FOUND')
  })

  it.each([...escapes, ['deep', 400], ['.', 400], ['', 400]] as const)(
    'refuses %j with %i',
    async (path, status) => {
      const problem = problemOf(await remove(path))
      // A name that is too long for a target is not one that is missing.
      expect(path.length > 255 ? [400, 404] : [status]).toContain(problem.status)
      expect(readdirSync(join(api.dir, 'outside'))).toEqual(['secret.csv'])
    },
  )
})

describe('a look at a whole file', () => {
  it('tells of every column', async () => {
    api.write('look.csv', 'id,name\n1,ä\n2,\n')
    const source = { kind: 'file', path: 'look.csv' }
    const found = await api.post(inspectionSchema, '/api/v1/files/inspect', { source })
    expect(found).toMatchObject({ records: 2, columns: [{ name: 'id' }, { name: 'name' }] })
  })

  it.each(escapes)('refuses %j with %i', async (path, status) => {
    const source = { kind: 'file', path }
    const problem = await api.problem({ method: 'POST', path: '/api/v1/files/inspect', body: { source } })
    expect(problem.status).toBe(status)
  })
})

describe('a head', () => {
  const lines = (count: number) =>
    'id,text\n' + Array.from({ length: count }, (_, id) => `${id},"a ""b""\n${Math.random()}"\n`).join('')
  const many = lines(200_000)

  async function send(name: string, bytes: Buffer): Promise<Answer> {
    const answer = await fetch(new URL(at('/heads', { name }), api.url), {
      method: 'POST',
      headers: { ...api.headers, 'content-type': 'application/octet-stream' },
      body: bytes,
    })
    return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() }
  }
  const kept = async (name: string, bytes: Buffer) => {
    const { text } = await send(name, bytes.subarray(0, maxHeadBytes))
    return fileHeadSchema.parse(JSON.parse(text)).path
  }
  const look = (path: string) =>
    api.post(previewSchema, '/api/v1/preview', { source: { kind: 'file', path }, records: 10 })
  const records = async (path: string) => {
    const source = { kind: 'file', path }
    return (await api.post(inspectionSchema, '/api/v1/files/inspect', { source })).records
  }

  it.each([
    ['big.csv', Buffer.from(many)],
    ['big.csv.gz', gzipSync(many)],
    ['big.csv.zst', zstdCompressSync(many)],
    ['frames.csv.zst', Buffer.concat([zstdCompressSync(lines(3)), zstdCompressSync(many.slice(8))])],
    ['bomb.csv.gz', gzipSync('id,text\n' + '1,0\n'.repeat(50_000_000))],
  ])('of %s can be previewed, and ends with a whole record', async (name, bytes) => {
    const path = await kept(name, bytes)
    expect(path).toMatch(new RegExp(`^head:[0-9a-f-]{36}/${name.replaceAll('.', '\\.')}$`))
    const { columns, rows } = await look(path)
    expect([columns.map((column) => column.name), rows.length]).toEqual([['id', 'text'], 10])
    expect(await records(path)).toBeGreaterThan(20_000)
  })

  it.each([
    ['small.csv', Buffer.from('a,b\n1,2\n3,4')],
    ['small.csv.gz', gzipSync('a,b\n1,2\n3,4')],
    ['members.csv.gz', Buffer.concat([gzipSync('a,b\n1,2\n'), gzipSync('3,4')])],
    ['small.csv.zst', zstdCompressSync('a,b\n1,2\n3,4')],
    ['frames.csv.zst', Buffer.concat([zstdCompressSync('a,b\n1,2\n'), zstdCompressSync('3,4')])],
  ])('of %s, which is all of it, is not cut', async (name, bytes) => {
    const path = await kept(name, bytes)
    expect((await look(path)).rows).toEqual([
      ['1', '2'],
      ['3', '4'],
    ])
  })

  it('with a quote that is only text loses no more than a line', async () => {
    const path = await kept('inch.tsv', Buffer.from('a\tb\n1\t5" pipe\n' + '2\tx\n'.repeat(400_000)))
    expect(await records(path)).toBeGreaterThan(262_000)
  })

  it.each([
    ['a.csv.bz2', Buffer.from('BZh9'), 409, 'UPLOAD_UNFINISHED'],
    ['a.csv.xz', Buffer.from('x'), 409, 'UPLOAD_UNFINISHED'],
    ['a.csv.lz4', Buffer.from('x'), 409, 'UPLOAD_UNFINISHED'],
    ['a.csv.gz', Buffer.from('no gzip at all'), 422, 'FILE_DAMAGED'],
    ['a.csv.zst', Buffer.from('no zstd at all'), 422, 'FILE_DAMAGED'],
    ['a.csv.gz', gzipSync(''), 422, 'FILE_EMPTY'],
    ['a.csv', Buffer.alloc(0), 422, 'FILE_EMPTY'],
    ['line.csv', Buffer.alloc(maxHeadBytes, 'x'), 422, 'RECORD_TOO_LARGE'],
    ['large.csv', Buffer.alloc(maxHeadBytes + 1), 413, 'REQUEST_INVALID'],
    ['', Buffer.from('a'), 400, 'REQUEST_INVALID'],
  ])('of %j is refused', async (name, bytes, status, code) => {
    expect(problemOf(await send(name, bytes))).toMatchObject({ status, code })
  })

  it('has a clean name, is no file of the workspace, and is found only by its whole path', async () => {
    const path = await kept('../../e\0vil.csv', Buffer.from('a\n1\n'))
    expect(path).toMatch(/^head:[^/]+\/evil\.csv$/)
    expect((await list('')).entries.map(({ name }) => name)).not.toContain('evil.csv')
    expect(problemOf(await download(path)).status).toBe(404)
    for (const other of [path.replace('evil', 'other'), `./${path}`, `${path}/../evil.csv`, `${path}*`]) {
      const source = { kind: 'file', path: other }
      const { status } = await api.problem({
        method: 'POST',
        path: '/api/v1/files/inspect',
        body: { source },
      })
      expect(status).toBe(404)
    }
  })

  it('goes when twenty others have come, or the server stops', async () => {
    const first = await kept('first.csv', Buffer.from('a\n1\n'))
    const spool = () => readdirSync(join(api.data, 'spool'))
    for (let n = 0; n < 20; n++) await kept('other.csv', Buffer.from('a\n1\n'))
    const source = { kind: 'file', path: first }
    const problem = await api.problem({ method: 'POST', path: '/api/v1/files/inspect', body: { source } })
    expect(problem.detail).toBe('The beginning of "first.csv" is not kept any more.')
    expect(spool()).toHaveLength(20)
    await api.restart()
    expect(spool()).toEqual([])
  })
})
