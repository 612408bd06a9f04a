import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Dialect, Encoding } from '../shared/index.ts'
import type { NormalMount, Workspace } from './index.ts'
import { codeOf, errorOf, makeScene } from './test-support.ts'

// Each starts a process, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 })

const run = promisify(execFile)

const semicolons: Dialect = {
  ...{ delimiter: ';', quote: "'", escape: 'double', lineTerminator: '\n' },
  ...{ header: true, skipLines: 0, nullTokens: ['\\N', ''] },
}

async function normalise(
  workspace: Workspace,
  spec: string,
  dialect = semicolons,
  encoding: Encoding = 'utf-8',
): Promise<NormalMount> {
  const files = await workspace.sources(spec)
  return workspace.normalise({
    files,
    encodings: files.map(() => encoding),
    normalisation: { dialect, width: 2, missing: '\\N' },
    unpack: (file, to) => {
      writeFileSync(to, readFileSync(file.path))
      return Promise.resolve()
    },
  })
}

const cat = async (mount: NormalMount) => (await run('cat', [mount.path], { maxBuffer: 1e9 })).stdout

/** Reads the beginning and leaves. */
async function taste(mount: NormalMount): Promise<string> {
  const stream = createReadStream(mount.path, { highWaterMark: 100 })
  const [piece] = (await once(stream, 'data')) as [Buffer]
  stream.destroy()
  await once(stream, 'close')
  return piece.toString()
}

const many = (lines: number) =>
  `a;b\n${Array.from({ length: lines }, (_, n) => `${n};'it''s ${n}'\n`).join('')}`

/** The processes that this one has started, by pid. */
async function children(pid: number): Promise<number[]> {
  const { stdout } = await run('ps', ['-o', 'pid=,args=', '--ppid', String(pid)])
  return stdout.split('\n').flatMap((line) => (line.includes('normaliser.ts') ? [parseInt(line, 10)] : []))
}

/** One that has ended may stay as a zombie until somebody looks. */
const isAlive = async (pid: number): Promise<boolean> => {
  const state = await run('ps', ['-o', 'stat=', '-p', String(pid)]).catch(() => undefined)
  return state !== undefined && !state.stdout.trim().startsWith('Z')
}

describe('a normalised mount', () => {
  it('gives every reader all records, whatever the one before left', async () => {
    const scene = makeScene(onTestFinished)
    scene.write('a.csv', many(50_000))
    const workspace = await scene.open()
    await using mount = await normalise(workspace, 'a.csv')
    const first = await cat(mount)
    expect(first.startsWith(`0;"it's 0";1;2;4;11;\n1;"it's 1";1;3;16;11;\n2;`)).toBe(true)
    expect(first.trim().split('\n')).toHaveLength(50_000)
    for (let n = 0; n < 5; n++) expect(await taste(mount)).toBe(first.slice(0, 100))
    expect(await cat(mount)).toBe(first)
    await mount.settled()
  })

  it('gives the files of a pattern one after the other, by number', async () => {
    const scene = makeScene(onTestFinished)
    for (const n of [1, 2, 10]) scene.write(`f${n}.csv`, `a;b\n${n};x\n`)
    const workspace = await scene.open()
    await using mount = await normalise(workspace, 'f*.csv')
    expect(await cat(mount)).toBe('1;x;1;2;4;3;\n2;x;2;2;4;3;\n10;x;3;2;4;4;\n')
    expect(mount.fileOf(3)?.name).toBe('f10.csv')
  })

  it.each([
    ['gz', gzipSync],
    ['zst', zstdCompressSync],
  ] as const)('unpacks .%s of one member or several', async (extension, pack) => {
    const scene = makeScene(onTestFinished)
    scene.write(`one.csv.${extension}`, pack('a;b\n1;2\n'))
    scene.write(`two.csv.${extension}`, Buffer.concat([pack('a;b\n1;2\n3;'), pack('4\n')]))
    const workspace = await scene.open()
    await using one = await normalise(workspace, `one.csv.${extension}`)
    await using two = await normalise(workspace, `two.csv.${extension}`)
    expect(await cat(one)).toBe('1;2;1;2;4;3;\n')
    expect(await cat(two)).toBe('1;2;1;2;4;3;\n3;4;1;3;8;3;\n')
  })

  it('never lets damage look like the end', async () => {
    const scene = makeScene(onTestFinished)
    const whole = gzipSync(many(100_000))
    scene.write('cut.csv.gz', whole.subarray(0, whole.length / 2))
    scene.write('bad.csv.gz', Buffer.concat([whole.subarray(0, whole.length / 2), Buffer.alloc(100, 0xff)]))
    const workspace = await scene.open()
    for (const name of ['cut.csv.gz', 'bad.csv.gz']) {
      await using mount = await normalise(workspace, name)
      expect(await taste(mount)).toMatch(/^0;/u)
      const text = await cat(mount)
      expect(text.length).toBeGreaterThan(100_000)
      expect(text.endsWith('\ndamaged\n')).toBe(true)
      const error = await errorOf(mount.settled())
      expect(error.message).toBe(`"${name}" cannot be decompressed as gzip: it is damaged or not complete.`)
      expect(error.code).toBe('FILE_DAMAGED')
    }
  })

  it('tells of a file that has gone', async () => {
    const scene = makeScene(onTestFinished)
    const path = scene.write('a.csv', many(10))
    const workspace = await scene.openFree()
    await using mount = await normalise(workspace, 'a.csv')
    expect(await cat(mount)).toContain("it's 9")
    await run('rm', [path])
    expect(await cat(mount)).toBe('damaged\n')
    expect(await codeOf(mount.settled())).toBe('FILE_NOT_FOUND')
  })

  it('lets nobody wait when its process breaks down', async () => {
    const scene = makeScene(onTestFinished)
    scene.write('a.csv', many(300_000))
    const workspace = await scene.open()
    await using mount = await normalise(workspace, 'a.csv')
    const [pid] = (await children(process.pid)) as [number]
    const reader = createReadStream(mount.path)
    await once(reader, 'data')
    process.kill(pid, 'SIGKILL')
    reader.resume()
    await once(reader, 'close')
    expect(await codeOf(mount.settled())).toBe('INTERNAL')
    await expect(cat(mount)).rejects.toThrow(/No such file/u)
  })

  it('releases a reader that waits, and leaves nothing behind', async () => {
    const scene = makeScene(onTestFinished)
    scene.write('a.csv', many(300_000))
    const workspace = await scene.open()
    const mount = await normalise(workspace, 'a.csv')
    const reading = createReadStream(mount.path, { highWaterMark: 100 })
    await once(reading, 'data')
    reading.pause()
    // The one before is still being served.
    const waiting = run('cat', [mount.path])
    await sleep(200)
    await mount[Symbol.asyncDispose]()
    expect((await waiting).stdout).toBe('')
    reading.destroy()
    expect(await children(process.pid)).toEqual([])
    expect(readdirSync(join(scene.dataDir, 'mounts'))).toEqual([])
  })

  it.each(['while it waits for a reader', 'while a reader does not read', 'before it can be told so'])(
    'ends when its parent is killed %s',
    { timeout: 90_000 },
    async (when) => {
      const scene = makeScene(onTestFinished)
      const path = scene.write('a.csv', many(300_000))
      const index = JSON.stringify(join(import.meta.dirname, 'index.ts'))
      const job = JSON.stringify({ dialect: semicolons, width: 2, missing: '\\N' })
      const code = `
        import { openWorkspace } from ${index}
        const options = { dataDir: ${JSON.stringify(scene.dataDir)}, cwd: '/', streams: false }
        const workspace = await openWorkspace(options)
        const files = await workspace.sources(${JSON.stringify(path)})
        const mount = await workspace.normalise({ files, encodings: ['utf-8'], normalisation: ${job} })
        console.log(mount.path)
        setInterval(() => {}, 1000)`
      const parent = spawn(process.execPath, ['--no-warnings', '--input-type=module', '--eval', code])
      const [said] = (await once(parent.stdout, 'data')) as [Buffer]
      const fifo = said.toString().trim()
      const [pid] = (await children(parent.pid ?? 0)) as [number]
      if (!when.includes('waits')) {
        const reader = createReadStream(fifo, { highWaterMark: 100 })
        onTestFinished(() => void reader.destroy())
        await once(reader, 'data')
        reader.pause()
      }
      expect(await isAlive(pid)).toBe(true)
      const isBusy = when.includes('before')
      if (isBusy) process.kill(pid, 'SIGSTOP')
      parent.kill('SIGKILL')
      await once(parent, 'exit')
      if (isBusy) {
        // So long that what it says now and then comes first.
        await sleep(500)
        process.kill(pid, 'SIGCONT')
      }
      await vi.waitFor(async () => expect(await isAlive(pid)).toBe(false), { timeout: 60_000 })
      expect(existsSync(fifo)).toBe(true)
      // What it left is swept by the next one.
      await scene.open()
      expect(readdirSync(join(scene.dataDir, 'mounts'))).toEqual([])
    },
  )

  it('says how far it has come', async () => {
    const scene = makeScene(onTestFinished)
    scene.write('a.csv', many(600_000))
    const workspace = await scene.open()
    await using mount = await normalise(workspace, 'a.csv')
    expect(mount.share).toBe(0)
    // A reader that waits half-way: how fast the machine is does not matter then.
    const reader = createReadStream(mount.path, { highWaterMark: 1000 })
    await once(reader, 'data')
    reader.pause()
    await vi.waitFor(() => expect(mount.share).toBeGreaterThan(0), { timeout: 10_000 })
    const halfWay = mount.share
    expect(halfWay).toBeLessThan(1)
    reader.resume()
    await once(reader, 'end')
    await mount.settled()
    expect(mount.share).toBeGreaterThan(halfWay)
  })
})
