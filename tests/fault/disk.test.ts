import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ask, useLink } from '../support/api.ts'
import { contents, House, openHouse } from '../support/cli.ts'
import { password, startServer } from '../support/clickhouse-server.ts'
import { noteFault } from '../support/fault-table.ts'

/**
 * Not every user may mount a small disk, but everybody may limit the size of files: what writes is then told that the file
 * has become too large, at the same place where a full disk would say that it is full.
 */
const fileKilobytes = 2048
const rows = 120_000
const text = `SELECT number AS id, hex(sipHash128(number)) || hex(sipHash128(number, 1)) AS text FROM numbers(${rows})`

let house: House
beforeEach(() => (house = new House()))
afterEach(() => house[Symbol.asyncDispose]())

async function fill(table = 'wide'): Promise<void> {
  await using open = await openHouse(house)
  await open.server.command(`CREATE TABLE ${table} ENGINE = MergeTree ORDER BY id AS ${text}`)
}

/** Below the workspace, without what is there from the beginning. */
const left = () => readdirSync(house.files).filter((name) => name !== 'old.csv')
const kept = (folder: string) => readdirSync(join(house.data, folder))

const exports: [string, string[]][] = [
  ['as ClickHouse writes it', ['out.csv']],
  ['compressed by ClickHouse', ['out.csv.gz']],
  // It is slow.
  ['xz', ['out.csv.xz', '--limit', '20000']],
  ['formatted', ['out.csv', '--quoting', 'always']],
  ['formatted and compressed', ['out.csv.zst', '--quoting', 'always']],
  ['split', ['out.csv', '--split-size', '3MB']],
  ['split and compressed', ['out.tsv.gz', '--split-rows', '100000']],
]

describe('an export to a disk that gets full', () => {
  it.each(exports)('fails and leaves nothing: %s', async (_, words) => {
    await fill()
    house.write('old.csv', 'as it was\n')
    const args = ['export', 'wide', '--to', ...words]
    const limit = words.includes('--limit') ? fileKilobytes / 4 : fileKilobytes
    const { exitCode, report } = await house.transfer(args, { fileKilobytes: limit })
    expect([exitCode, report.status, report.error?.code]).toEqual([5, 'failed', 'DISK_FULL'])
    expect(report.error?.message).toContain(words[0])
    expect([left(), house.read('old.csv'), kept('mounts')]).toEqual([[], 'as it was\n', []])
    noteFault({ fault: 'a disk that gets full: export', rounds: 1, result: 'told, nothing left over' })
  })

  it('keeps the file that it would have replaced', async () => {
    await fill()
    house.write('old.csv', 'as it was\n')
    const { report } = await house.transfer(['export', 'wide', '--to', 'old.csv'], { fileKilobytes })
    expect([report.error?.code, house.read('old.csv'), left()]).toEqual(['DISK_FULL', 'as it was\n', []])
  })

  it('fails also when the rows come from another server', async () => {
    await using theirs = await startServer()
    await theirs.server.command(`CREATE TABLE wide ENGINE = MergeTree ORDER BY id AS ${text}`)
    const { host, port, user, database } = theirs.connection
    const url = `http://${user}@${host}:${port}/${database}`
    const env = { FLATHOUSE_PASSWORD: password }
    for (const words of [['out.csv'], ['out.csv', '--split-rows', '100000']]) {
      const args = ['export', 'wide', '--to', ...words, '--url', url]
      const { report } = await house.transfer(args, { fileKilobytes, env })
      expect([report.error?.code, left()]).toEqual(['DISK_FULL', []])
      noteFault({ fault: 'a disk that gets full: export', rounds: 1, result: 'told, nothing left over' })
    }
  })
})

describe('an import on a disk that gets full', () => {
  const lines = Array.from({ length: 40_000 }, (_, n) => `${n},${randomBytes(60).toString('hex')}\n`)
  const csv = `id,text\n${lines.join('')}`

  it('leaves the embedded database as it was', async () => {
    await fill()
    house.write('in.csv', csv)
    const before = await stored()
    const ways = [
      ['wide', '--mode', 'append'],
      ['wide', '--mode', 'replace'],
      ['wide', '--mode', 'append', '--on-error', 'skip'],
      ['fresh', '--mode', 'create'],
    ]
    for (const way of ways) {
      const args = ['import', 'in.csv', '--table', ...way]
      const { exitCode, report } = await house.transfer(args, { fileKilobytes })
      expect([exitCode, report.error?.code]).toEqual([5, 'DISK_FULL'])
      expect(await stored()).toEqual(before)
      noteFault({ fault: 'a disk that gets full: import', rounds: 1, result: 'told, nothing changed' })
    }
  })

  it('makes no table, and leaves no copy of what came on standard input', async () => {
    const args = ['import', '-', '--table', 'fresh']
    const { exitCode, report } = await house.transfer(args, { fileKilobytes, input: csv })
    expect([exitCode, report.error?.code]).toEqual([5, 'DISK_FULL'])
    expect(report.error?.message).toContain('standard input')
    expect([await stored(), kept('spool')]).toEqual([{}, []])
    noteFault({ fault: 'a disk that gets full: import', rounds: 1, result: 'told, nothing changed' })
  })

  it.each([
    ['xz', 'in.csv.xz', ['-c']],
    ['bzip2', 'in.csv.bz2', ['-c']],
  ])('leaves no copy of what must be unpacked before: %s', async (program, name, words) => {
    // In UTF-16 the file goes through the normaliser, which knows no xz.
    const packed = spawnSync(program, words, {
      input: Buffer.from(`\ufeff${csv.slice(0, 1_200_000)}`, 'utf16le'),
      maxBuffer: 1e8,
    })
    house.write(name, packed.stdout)
    const { exitCode, report } = await house.transfer(['import', name, '--table', 'fresh'], { fileKilobytes })
    expect([exitCode, report.error?.code]).toEqual([5, 'DISK_FULL'])
    expect([await stored(), kept('spool'), kept('mounts')]).toEqual([{}, [], []])
    noteFault({ fault: 'a disk that gets full: import', rounds: 1, result: 'told, nothing changed' })
  })

  it('takes no part of a file that is sent, and says why', async () => {
    const serving = house.start(['serve', '--port', '0', '--json'], { fileKilobytes })
    const { stdout } = serving.process
    if (stdout === null) throw new Error('the server has no standard output')
    const [line] = (await once(createInterface(stdout), 'line')) as [string]
    const { url, loginUrl } = JSON.parse(line) as { url: string; loginUrl: string }
    const token = await useLink(loginUrl)
    const bytes = Buffer.from(csv)
    const protocol = { 'tus-resumable': '1.0.0', authorization: `Bearer ${token}` }
    const began = await ask(url, {
      method: 'POST',
      path: '/api/v1/files/uploads',
      headers: {
        ...protocol,
        'upload-length': String(bytes.length),
        'upload-metadata': `filename ${btoa('in.csv')}`,
      },
    })
    const sent = await fetch(new URL(String(began.headers['location']), url), {
      method: 'PATCH',
      headers: { ...protocol, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
      body: bytes,
    })
    expect([sent.status, ((await sent.json()) as { code: string }).code]).toEqual([507, 'DISK_FULL'])
    expect(left()).toEqual([])
    noteFault({ fault: 'a disk that gets full: upload', rounds: 1, result: 'told, nothing left over' })
    serving.process.kill('SIGTERM')
    await serving.answer
  })
})

/** What the embedded database holds, staging tables included. */
async function stored(): Promise<Record<string, string>> {
  await using open = await openHouse(house)
  return await contents(open.server)
}

it.each([
  ['a file', ['out.csv']],
  ['split files', ['out.csv', '--split-rows', '10']],
])('a folder that may not be written takes no export of %s', async (_, [name = '', ...words]) => {
  mkdirSync(house.path('fixed'))
  house.write('in.csv', 'a\n1\n')
  for (const folder of [house.dir, house.files]) chmodSync(folder, 0o777)
  chmodSync(house.path('fixed'), 0o555)
  // Root may write everywhere.
  const user = process.getuid?.() === 0 ? { uid: 65_534 } : {}
  expect((await house.transfer(['import', 'in.csv', '--table', 't'], user)).exitCode).toBe(0)
  const { exitCode, report } = await house.transfer(['export', 't', '--to', `fixed/${name}`, ...words], user)
  expect([exitCode, report.error?.code]).toEqual([5, 'TARGET_UNWRITABLE'])
  expect(report.error?.message).toContain('fixed')
  expect(readdirSync(house.path('fixed'))).toEqual([])
  noteFault({ fault: 'a folder that may not be written', rounds: 1, result: 'told, nothing left over' })
})
