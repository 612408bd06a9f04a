import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { asNobody, codeOf, errorOf, makeFifo, makeScene, mountSmallDisk } from './test-support.ts'

describe('an export', () => {
  it('appears under its name only when it is complete', async () => {
    const scene = makeScene(onTestFinished)
    const path = scene.write('out.csv.gz', 'old')
    const workspace = await scene.open()
    const target = await workspace.target('out.csv.gz')
    expect(target).toMatchObject({ name: 'out.csv.gz', path, partPath: `${path}.part`, compression: 'gzip' })
    writeFileSync(target.mountPath, 'new text')
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(await target.commit()).toEqual({ bytes: 8 })
    expect(readFileSync(path, 'utf8')).toBe('new text')
    await target.discard()
    await expect(target.commit()).rejects.toThrow(TypeError)
    expect(readdirSync(scene.root)).toEqual(['out.csv.gz'])
    expect(readdirSync(join(scene.dataDir, 'mounts'))).toEqual([])
  })

  it('leaves no trace when it is discarded, also twice, also when its part is gone', async () => {
    const scene = makeScene(onTestFinished)
    scene.write('out.csv', 'old')
    const workspace = await scene.open()
    const target = await workspace.target('out.csv')
    await target.discard()
    await target.discard()
    rmSync((await workspace.target('gone.csv')).partPath)
    await workspace.target('new.csv')
    await workspace[Symbol.asyncDispose]()
    expect(readdirSync(scene.root)).toEqual(['out.csv'])
    expect(readdirSync(join(scene.dataDir, 'mounts'))).toEqual([])
  })

  it('gives a new file the usual mode, and keeps the mode of an old one', async () => {
    const scene = makeScene(onTestFinished)
    chmodSync(scene.write('private.csv'), 0o600)
    chmodSync(scene.write('wide.csv'), 0o666)
    const workspace = await scene.open()
    const mode = (name: string) => statSync(join(scene.root, name)).mode & 0o7777
    scene.write('usual')
    const expected = { 'new.csv': mode('usual'), 'private.csv': 0o600, 'wide.csv': 0o666 }
    for (const [name, bits] of Object.entries(expected)) {
      const target = await workspace.target(name)
      expect(mode(`${name}.part`)).toBe(bits)
      await target.commit()
      expect(mode(name)).toBe(bits)
    }
  })

  it.each([
    '{a}*?[x] \'"\n.csv',
    '-out',
    '🏠',
    'x'.repeat(250),
    'x'.repeat(251),
    'x'.repeat(255),
    'ä'.repeat(127),
  ])('takes the name %j', async (name) => {
    const scene = makeScene(onTestFinished)
    const workspace = await scene.openFree()
    const target = await workspace.target(name)
    expect(target.partPath.endsWith('.part')).toBe(true)
    expect(await codeOf(workspace.target(name))).toBe('FILE_BUSY')
    writeFileSync(target.mountPath, 'x')
    await target.commit()
    expect(readdirSync(scene.root)).toEqual([name])
  })

  it('writes through a link to the real file', async () => {
    const scene = makeScene(onTestFinished)
    const real = scene.write('deep/real.csv', 'old')
    symlinkSync('deep/real.csv', join(scene.root, 'link.csv'))
    symlinkSync('deep/new.csv', join(scene.root, 'dangling.csv'))
    const workspace = await scene.open()
    const target = await workspace.target('link.csv')
    expect(target.path).toBe(real)
    writeFileSync(target.mountPath, 'new')
    await target.commit()
    await (await workspace.target('dangling.csv')).commit()
    expect(readFileSync(join(scene.root, 'link.csv'), 'utf8')).toBe('new')
    expect(readdirSync(join(scene.root, 'deep'))).toEqual(['new.csv', 'real.csv'])
  })
})

describe('a target that is refused', () => {
  it('is busy while another export writes it, by any name', async () => {
    const scene = makeScene(onTestFinished)
    symlinkSync('out.csv', join(scene.root, 'link.csv'))
    const first = await scene.open()
    const second = await scene.open()
    const target = await first.target('out.csv')
    for (const spec of ['out.csv', './out.csv', 'link.csv']) {
      const error = await errorOf(second.target(spec))
      expect(error).toMatchObject({ code: 'FILE_BUSY', place: { file: spec } })
    }
    await target.commit()
    await (await second.target('out.csv')).discard()
    scene.write('stranger.csv.part')
    expect(await codeOf(first.target('stranger.csv'))).toBe('FILE_BUSY')
    expect(existsSync(join(scene.root, 'stranger.csv.part'))).toBe(true)
  })

  it.each([
    ['-', 'USAGE'],
    ['', 'USAGE'],
    ['a\0', 'USAGE'],
    ['x'.repeat(256), 'USAGE'],
    ['folder', 'FILE_IS_DIRECTORY'],
    ['folder/', 'FILE_IS_DIRECTORY'],
    ['fifo', 'FILE_NOT_REGULAR'],
    ['nothing/out.csv', 'FILE_NOT_FOUND'],
    ['nothing/', 'FILE_NOT_FOUND'],
    ['nothing/../out.csv', 'FILE_NOT_FOUND'],
    ['old.csv/out.csv', 'FILE_NOT_FOUND'],
    ['../outside/out.csv', 'FILE_OUTSIDE_WORKSPACE'],
    ['../outside/no/out.csv', 'FILE_OUTSIDE_WORKSPACE'],
    ['/tmp/out.csv', 'FILE_OUTSIDE_WORKSPACE'],
    ['way/out.csv', 'FILE_OUTSIDE_WORKSPACE'],
    ['leaves.csv', 'FILE_OUTSIDE_WORKSPACE'],
    ['dangles.csv', 'FILE_OUTSIDE_WORKSPACE'],
  ])('%j is %s', async (spec, code) => {
    const scene = makeScene(onTestFinished)
    scene.write('old.csv')
    mkdirSync(join(scene.root, 'folder'))
    makeFifo(join(scene.root, 'fifo'))
    writeFileSync(join(scene.outside, 'old.csv'), 'old')
    symlinkSync(scene.outside, join(scene.root, 'way'))
    symlinkSync('../outside/old.csv', join(scene.root, 'leaves.csv'))
    symlinkSync('../outside/none.csv', join(scene.root, 'dangles.csv'))
    const before = readdirSync(scene.root)
    expect(await codeOf((await scene.open()).target(spec))).toBe(code)
    expect(readdirSync(scene.root)).toEqual(before)
    expect(readdirSync(scene.outside)).toEqual(['old.csv'])
  })

  it('names the folder that does not exist', async () => {
    const scene = makeScene(onTestFinished)
    const error = await errorOf((await scene.open()).target('no such/out.csv'))
    expect(error).toMatchObject({
      message: 'The folder "no such" does not exist.',
      place: { file: 'no such' },
    })
  })

  it('is unwritable by its folder, its own mode, or the way to it', () => {
    const scene = makeScene(onTestFinished)
    chmodSync(join(scene.root, '..'), 0o777)
    chmodSync(scene.root, 0o777)
    scene.write('closed/out.csv')
    chmodSync(scene.write('old.csv'), 0o444)
    mkdirSync(join(scene.root, 'fixed'), { mode: 0o555 })
    chmodSync(join(scene.root, 'closed'), 0)
    const specs = ['fixed/out.csv', 'old.csv', 'closed/out.csv']
    const codes = asNobody(`
      const cwd = ${JSON.stringify(scene.root)}
      const workspace = await openWorkspace({ root: cwd, cwd, dataDir: cwd + '/../nobody', streams: false })
      for (const spec of ${JSON.stringify(specs)}) console.log(await codeOf(workspace.target(spec)))
      console.log(await codeOf(workspace.target('new.csv').then((target) => target.commit())))
    `)
    expect(codes.trim().split('\n')).toEqual([...specs.map(() => 'TARGET_UNWRITABLE'), 'OK'])
  })

  it('is unwritable on a read-only disk, and full on a full one', async ({ skip }) => {
    const scene = makeScene(onTestFinished)
    const fixed = mountSmallDisk(onTestFinished, join(scene.root, 'fixed'), 'size=64k,ro')
    const full = mountSmallDisk(onTestFinished, join(scene.root, 'full'), 'size=64k,nr_inodes=1')
    if (!fixed || !full) skip('this user may not mount')
    const workspace = await scene.open()
    expect(await codeOf(workspace.target('fixed/out.csv'))).toBe('TARGET_UNWRITABLE')
    const error = await errorOf(workspace.target('full/out.csv'))
    expect(error).toMatchObject({ code: 'DISK_FULL', place: { file: 'full/out.csv' } })
  })
})

describe('a commit that fails', () => {
  it('keeps the old file when its part is gone', async () => {
    const scene = makeScene(onTestFinished)
    const path = scene.write('out.csv', 'old')
    const target = await (await scene.open()).target('out.csv')
    rmSync(target.partPath)
    const error = await errorOf(target.commit())
    expect(error).toMatchObject({ code: 'FILE_NOT_FOUND', place: { file: 'out.csv.part' } })
    expect(readFileSync(path, 'utf8')).toBe('old')
  })

  it('does not follow a folder that was replaced by a link', async () => {
    const scene = makeScene(onTestFinished)
    mkdirSync(join(scene.root, 'folder'))
    const target = await (await scene.open()).target('folder/out.csv')
    renameSync(join(scene.root, 'folder'), join(scene.root, 'moved'))
    symlinkSync(scene.outside, join(scene.root, 'folder'))
    expect(await codeOf(target.commit())).toBe('FILE_OUTSIDE_WORKSPACE')
    expect(readdirSync(scene.outside)).toEqual([])
  })

  it('says so when the target has become a folder', async () => {
    const scene = makeScene(onTestFinished)
    const target = await (await scene.open()).target('out.csv')
    mkdirSync(target.path)
    expect(await codeOf(target.commit())).toBe('FILE_IS_DIRECTORY')
    await target.discard()
    expect(readdirSync(scene.root)).toEqual(['out.csv'])
  })
})
