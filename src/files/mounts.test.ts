import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { inChild, deadPid, makeScene } from './test-support.ts'

const mounts = (dataDir: string) => readdirSync(join(dataDir, 'mounts'))

describe('a mount', () => {
  it('gives one file a plain name', async () => {
    const scene = makeScene(onTestFinished)
    const path = scene.write('{1..3}*?.csv', 'text')
    const workspace = await scene.open()
    const files = await workspace.sources('{1..3}*?.csv')
    const mount = await workspace.mount(files)
    expect(mount.path).toMatch(/^[^*?{}]*\/mounts\/\d+-\d+\/000001$/)
    expect(readFileSync(mount.path, 'utf8')).toBe('text')
    expect([mount.fileOf(1), mount.fileOf(mount.path), mount.fileOf('000001')]).toEqual([
      ...files,
      ...files,
      ...files,
    ])
    expect(mount.fileOf(2)).toBeUndefined()
    await mount[Symbol.asyncDispose]()
    expect(mounts(scene.dataDir)).toEqual([])
    expect(existsSync(path)).toBe(true)
  })

  it('gives several files numbers in their order', async () => {
    const scene = makeScene(onTestFinished)
    for (let n = 1; n <= 12; n++) scene.write(`f${n}.csv`, String(n))
    const workspace = await scene.open()
    await using mount = await workspace.mount(await workspace.sources('f*.csv'))
    expect(
      mount.path.endsWith(
        '/{000001,000002,000003,000004,000005,000006,000007,000008,000009,000010,000011,000012}',
      ),
    ).toBe(true)
    expect(readFileSync(join(dirname(mount.path), '000010'), 'utf8')).toBe('10')
    expect(mount.fileOf('/any/where/000012')?.name).toBe('f12.csv')
  })

  it('ends with its workspace, and its folders are for their owner only', async () => {
    const scene = makeScene(onTestFinished)
    scene.write('a.csv')
    const workspace = await scene.open()
    await workspace.mount(await workspace.sources('a.csv'))
    for (const folder of ['', 'mounts', 'spool', `mounts/${mounts(scene.dataDir)[0] ?? ''}`]) {
      expect(statSync(join(scene.dataDir, folder)).mode & 0o777).toBe(0o700)
    }
    await workspace[Symbol.asyncDispose]()
    expect(mounts(scene.dataDir)).toEqual([])
  })

  it('is reached by a plain path also when the data folder has the name of a pattern', async () => {
    const scene = makeScene(onTestFinished)
    scene.write('a.csv', 'text')
    const workspace = await scene.open({ dataDir: join(scene.outside, 'data {x}*') })
    const mount = await workspace.mount(await workspace.sources('a.csv'))
    const target = await workspace.target('b.csv')
    expect(mount.path + target.mountPath).not.toMatch(/[*?{}]/)
    expect(readFileSync(mount.path, 'utf8')).toBe('text')
    writeFileSync(target.mountPath, 'out')
    await target.commit()
    expect(readFileSync(join(scene.root, 'b.csv'), 'utf8')).toBe('out')
    await workspace[Symbol.asyncDispose]()
    expect(existsSync(mount.path)).toBe(false)
  })
})

describe('the sweep at the start', () => {
  const leave = (dataDir: string, pid: number, link: string, to: string) => {
    const folder = join(dataDir, 'mounts', `${pid}-7`)
    mkdirSync(folder, { recursive: true })
    symlinkSync(to, join(folder, link))
    mkdirSync(join(dataDir, 'spool'), { recursive: true })
    writeFileSync(join(dataDir, 'spool', `${pid}-8`), 'x')
    mkdirSync(join(dataDir, 'rejects', `${pid}-9`), { recursive: true })
    writeFileSync(join(dataDir, 'rejects', `${pid}-9`, 'report.csv'), 'x')
    mkdirSync(join(dataDir, 'rejects', ended), { recursive: true })
  }
  const ended = '2b1f4c0e-0000-4000-8000-000000000000'

  it.each([
    ['a dead process', deadPid()],
    // In a container each start has the same pid.
    ['an earlier process with our pid', process.pid],
  ])('removes what %s left, unfinished exports and rejects included', async (_, pid) => {
    const scene = makeScene(onTestFinished)
    const part = scene.write('out.csv.part')
    leave(scene.dataDir, pid, 'part', part)
    await scene.open()
    expect([mounts(scene.dataDir), readdirSync(join(scene.dataDir, 'spool'))]).toEqual([[], []])
    expect(readdirSync(join(scene.dataDir, 'rejects'))).toEqual([ended])
    expect(existsSync(part)).toBe(false)
  })

  it('never deletes a source, whatever its name, nor a file that is no .part', async () => {
    const scene = makeScene(onTestFinished)
    const source = scene.write('source.part')
    const finished = scene.write('finished.csv')
    leave(scene.dataDir, deadPid(), '000001', source)
    leave(scene.dataDir, deadPid(), 'part', finished)
    await scene.open()
    expect(mounts(scene.dataDir)).toEqual([])
    expect([existsSync(source), existsSync(finished)]).toEqual([true, true])
  })

  it('keeps what a living process uses, and what is not ours', async () => {
    const scene = makeScene(onTestFinished)
    const part = scene.write('out.csv.part')
    leave(scene.dataDir, process.ppid, 'part', part)
    writeFileSync(join(scene.dataDir, 'mounts', 'note.txt'), 'x')
    const first = await scene.open()
    await first.target('own.csv')
    await scene.open()
    expect(mounts(scene.dataDir).length).toBe(3)
    expect([existsSync(part), existsSync(join(scene.root, 'own.csv.part'))]).toEqual([true, true])
  })

  it('cleans up after a process that was killed in the middle of an export', async () => {
    const scene = makeScene(onTestFinished)
    const options = { root: scene.root, cwd: scene.root, dataDir: scene.dataDir, streams: false }
    const kill = `
      const workspace = await openWorkspace(${JSON.stringify(options)})
      await workspace.target('out.csv')
      process.kill(process.pid, 'SIGKILL')`
    const survivor = await scene.open()
    expect(() => inChild(kill)).toThrow()
    expect(readdirSync(scene.root)).toEqual(['out.csv.part'])
    // Also by a process that was there before.
    const target = await survivor.target('out.csv')
    await target.commit()
    expect(readdirSync(scene.root)).toEqual(['out.csv'])
  })
})
