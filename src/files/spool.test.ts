import { spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { translate } from './errors.ts'
import { checkSpace } from './index.ts'
import { codeOf, errorOf, makeFifo, makeScene, mountSmallDisk } from './test-support.ts'

const spooled = (dataDir: string) => readdirSync(join(dataDir, 'spool'))

describe('standard input', () => {
  it('is copied, recognised, mounted, and removed at the end', async () => {
    const scene = makeScene(onTestFinished)
    const stdin = Readable.from([gzipSync('a\n1\n')])
    const workspace = await scene.open({ streams: true, stdin })
    const [file] = await workspace.sources('-')
    expect(file).toMatchObject({ name: 'standard input', compression: 'gzip' })
    expect(statSync(file?.path ?? '').mode & 0o777).toBe(0o600)
    expect(await workspace.sources('-')).toEqual([file])
    await using mount = await workspace.mount(file ? [file] : [])
    expect(readFileSync(mount.path)).toEqual(gzipSync('a\n1\n'))
    await workspace[Symbol.asyncDispose]()
    expect(spooled(scene.dataDir)).toEqual([])
  })

  it('is refused when it is empty, and leaves no copy', async () => {
    const scene = makeScene(onTestFinished)
    const workspace = await scene.openFree({ stdin: Readable.from([]) })
    const error = await errorOf(workspace.sources('-'))
    expect(error).toMatchObject({ code: 'FILE_EMPTY', place: { file: 'standard input' } })
    expect(spooled(scene.dataDir)).toEqual([])
  })

  it('ends when it is cancelled, or when the workspace is closed', async () => {
    const scene = makeScene(onTestFinished)
    const endless = new PassThrough()
    endless.write('a\n')
    const first = await scene.openFree({ stdin: endless })
    expect(await codeOf(first.sources('-', AbortSignal.timeout(50)))).toBe('CANCELLED')
    const second = await scene.openFree({ stdin: new PassThrough() })
    const waiting = codeOf(second.sources('-'))
    await new Promise((resolve) => setTimeout(resolve, 20))
    await second[Symbol.asyncDispose]()
    expect(await waiting).toBe('CANCELLED')
    expect(spooled(scene.dataDir)).toEqual([])
  })

  it('is read no faster than it is written', async () => {
    const scene = makeScene(onTestFinished)
    let made = 0
    const chunk = Buffer.alloc(64 * 1024, 'x')
    const stdin = new Readable({
      read() {
        made += 1
        this.push(made > 2000 ? null : chunk)
      },
    })
    const workspace = await scene.openFree({ stdin })
    const before = process.memoryUsage().arrayBuffers
    const [file] = await workspace.sources('-')
    expect(file?.size).toBe(2000 * chunk.length)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * chunk.length)
  })
})

describe('a FIFO', () => {
  it('is copied whole, also when its writer comes late and pauses', async () => {
    const scene = makeScene(onTestFinished)
    const fifo = makeFifo(join(scene.root, 'fifo {1}'))
    const workspace = await scene.open({ streams: true })
    const sources = workspace.sources('fifo {1}')
    const writer = spawn('sh', ['-c', 'sleep 0.1; { printf a; sleep 0.1; printf b; } > "$0"', fifo])
    await new Promise((resolve) => writer.on('exit', resolve))
    const [file] = await sources
    expect(file).toMatchObject({ name: 'fifo {1}', size: 2, compression: 'none' })
    expect(readFileSync(file?.path ?? '', 'utf8')).toBe('ab')
  })

  it('ends when it is cancelled before a writer comes', async () => {
    const scene = makeScene(onTestFinished)
    makeFifo(join(scene.root, 'fifo'))
    const workspace = await scene.openFree()
    expect(await codeOf(workspace.sources('fifo', AbortSignal.timeout(50)))).toBe('CANCELLED')
    expect(spooled(scene.dataDir)).toEqual([])
  })

  it('may be a process substitution of a shell', async () => {
    const scene = makeScene(onTestFinished)
    const script = `
      import { openWorkspace } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))}
      const options = { cwd: '/', dataDir: ${JSON.stringify(scene.dataDir)}, streams: true }
      await using workspace = await openWorkspace(options)
      console.log((await workspace.sources(process.argv[1]))[0].size)`
    const command = '"$0" --no-warnings --input-type=module --eval "$1" <(printf abc)'
    const shell = spawn('bash', ['-c', command, process.execPath, script])
    expect((await text(shell.stdout)).trim()).toBe('3')
  })
})

describe('a full disk', () => {
  it('is DISK_FULL, by the error number that the system gives', () => {
    const descriptor = openSync('/dev/full', 'w')
    try {
      writeSync(descriptor, 'x')
      expect.unreachable()
    } catch (error) {
      expect(translate(error, 'standard input', 'spool')).toMatchObject({ code: 'DISK_FULL' })
    } finally {
      closeSync(descriptor)
    }
  })

  it('ends the copy of a stream, which is removed', async ({ skip }) => {
    const scene = makeScene(onTestFinished)
    if (!mountSmallDisk(onTestFinished, scene.dataDir, 'size=128k')) skip('this user may not mount')
    const workspace = await scene.openFree({ stdin: Readable.from([Buffer.alloc(1024 * 1024)]) })
    const error = await errorOf(workspace.sources('-'))
    expect(error).toMatchObject({ code: 'DISK_FULL', place: { file: 'standard input' } })
    expect(spooled(scene.dataDir)).toEqual([])
  })

  it('is foreseen', async () => {
    const scene = makeScene(onTestFinished)
    await checkSpace(scene.root, 1)
    expect(await codeOf(checkSpace(scene.root, Number.MAX_SAFE_INTEGER))).toBe('DISK_FULL')
  })
})
