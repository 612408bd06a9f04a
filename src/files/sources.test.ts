import {
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { changeOf, readHead } from './index.ts'
import { asNobody, codeOf, errorOf, makeFifo, makeScene } from './test-support.ts'

const oddNames = [
  'with space.csv',
  `quotes ' " \`.csv`,
  '{a,b}*?[x].csv',
  '[a-z].csv',
  '*.csv',
  'emoji 🏠.csv',
  'new\nline.csv',
  '-rf.csv',
  '--help',
  'back\\slash.csv',
  '$(x) %20 #?.csv',
  '..hidden..csv',
  `${'ä'.repeat(125)}x.csv`,
]

describe('one file', () => {
  it.each(oddNames)('takes the name %j as it is', async (name) => {
    const scene = makeScene(onTestFinished)
    const path = scene.write(name)
    scene.write('a.csv', 'another, which a pattern could match\n')
    for (const workspace of [await scene.open(), await scene.openFree()]) {
      const sources = await workspace.sources(name)
      expect(sources).toMatchObject([{ name, path, size: 4, compression: 'none' }])
    }
  })

  it('takes absolute paths, dots and links that stay inside', async () => {
    const scene = makeScene(onTestFinished)
    const path = scene.write('deep/a.csv.gz')
    symlinkSync('deep', join(scene.root, 'folder'))
    symlinkSync('folder/../deep/a.csv.gz', join(scene.root, 'link'))
    const workspace = await scene.open()
    for (const spec of [path, './deep/../deep//a.csv.gz', 'folder/a.csv.gz', 'link', '../workspace/link']) {
      expect(await workspace.sources(spec)).toMatchObject([{ name: spec, path, compression: 'gzip' }])
    }
  })

  it.each([
    ['nothing.csv', 'FILE_NOT_FOUND'],
    ['no/such/folder.csv', 'FILE_NOT_FOUND'],
    ['a.csv/below', 'FILE_NOT_FOUND'],
    ['circle', 'FILE_NOT_FOUND'],
    ['x'.repeat(256), 'FILE_NOT_FOUND'],
    ['a\0.csv', 'USAGE'],
    ['', 'USAGE'],
    ['folder', 'FILE_IS_DIRECTORY'],
    ['.', 'FILE_IS_DIRECTORY'],
    ['empty.csv', 'FILE_EMPTY'],
  ])('refuses %j with %s', async (spec, code) => {
    const scene = makeScene(onTestFinished)
    scene.write('a.csv')
    scene.write('empty.csv', '')
    mkdirSync(join(scene.root, 'folder'))
    symlinkSync('circle', join(scene.root, 'circle'))
    for (const workspace of [await scene.open(), await scene.openFree()]) {
      expect(await codeOf(workspace.sources(spec))).toBe(code)
    }
  })

  it('names the file, on one line and not endlessly', async () => {
    const scene = makeScene(onTestFinished)
    const workspace = await scene.open()
    const missing = await errorOf(workspace.sources('missing.csv'))
    expect(missing.message).toBe('The file "missing.csv" does not exist.')
    expect(missing.place).toEqual({ file: 'missing.csv' })
    const hostile = await errorOf(workspace.sources('a\n\u001bc\u202e.csv'))
    expect(hostile.message).toBe('The file "a\\n\\u001bc\\u202e.csv" does not exist.')
    for (const name of ['x'.repeat(100_000), 'x/'.repeat(3000)]) {
      const long = await errorOf(workspace.sources(name))
      expect(long.code).toBe('FILE_NOT_FOUND')
      expect(long.message.length).toBeLessThan(400)
    }
    expect((await errorOf(workspace.sources('a\0'))).message).toContain('"a\\u0000"')
  })

  it('refuses devices and sockets', async () => {
    const scene = makeScene(onTestFinished)
    const socket = join(scene.root, 'socket')
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(socket, resolve))
    onTestFinished(() => void server.close())
    const workspace = await scene.openFree()
    for (const spec of ['/dev/zero', '/dev/null', socket]) {
      expect(await codeOf(workspace.sources(spec))).toBe('FILE_NOT_REGULAR')
    }
  })

  it('refuses a FIFO and standard input where streams are not allowed', async () => {
    const scene = makeScene(onTestFinished)
    makeFifo(join(scene.root, 'fifo'))
    const workspace = await scene.open({ stdin: process.stdin })
    expect(await codeOf(workspace.sources('fifo'))).toBe('FILE_NOT_REGULAR')
    expect(await codeOf(workspace.sources('-'))).toBe('FILE_NOT_REGULAR')
  })

  it('says that a file or its folder may not be read', () => {
    const scene = makeScene(onTestFinished)
    const parent = join(scene.root, '..')
    chmodSync(parent, 0o777)
    scene.write('secret.csv')
    scene.write('closed/a.csv')
    for (const name of ['secret.csv', 'closed']) chmodSync(join(scene.root, name), 0)
    const specs = ['secret.csv', 'closed/a.csv', 'closed/*.csv', 's*.csv']
    const codes = asNobody(`
      const cwd = ${JSON.stringify(scene.root)}
      const workspace = await openWorkspace({ root: cwd, cwd, dataDir: cwd + '/../nobody', streams: false })
      for (const spec of ${JSON.stringify(specs)}) console.log(await codeOf(workspace.sources(spec)))
    `)
    expect(codes.trim().split('\n')).toEqual(specs.map(() => 'FILE_UNREADABLE'))
  })
})

describe('the fence around a workspace', () => {
  it('refuses every way out, whether or not something is there', async () => {
    const scene = makeScene(onTestFinished)
    writeFileSync(join(scene.outside, 'a.csv'), 'a\n1\n')
    mkdirSync(join(scene.outside, 'folder'))
    scene.write('../workspace-2/a.csv')
    symlinkSync(scene.outside, join(scene.root, 'way'))
    symlinkSync(join(scene.outside, 'a.csv'), join(scene.root, 'there'))
    symlinkSync(join(scene.outside, 'b.csv'), join(scene.root, 'missing'))
    symlinkSync('../outside/a.csv', join(scene.root, 'relative'))
    const workspace = await scene.open()
    const specs = [
      ...[
        '../outside/a.csv',
        '../outside/b.csv',
        '../workspace-2/a.csv',
        '../nothing',
        '..',
        '/',
        '/etc/passwd',
      ],
      ...['/etc/nothing', 'way/a.csv', 'way/b.csv', 'way/a.csv/x', 'way', 'there', 'missing', 'relative'],
      // Through a folder outside and back: this would tell which folders exist there.
      ...['../outside/folder/../../workspace/a.csv', '../outside/nothing/../../workspace/a.csv'],
      ...['nothing/../../outside/a.csv', '../outside/*.csv', '../nothing/*.csv', 'way/*.csv', '/etc/*'],
    ]
    const messages = new Set<string>()
    scene.write('a.csv')
    for (const spec of specs) {
      const error = await errorOf(workspace.sources(spec))
      expect([spec, error.code]).toEqual([spec, 'FILE_OUTSIDE_WORKSPACE'])
      messages.add(error.message.replace(spec, ''))
    }
    expect(messages.size).toBe(1)
  })

  it('hides from patterns what lies behind a link that leads out', async () => {
    const scene = makeScene(onTestFinished)
    writeFileSync(join(scene.outside, 'a.csv'), 'a\n1\n')
    symlinkSync(scene.outside, join(scene.root, 'way'))
    const workspace = await scene.open()
    for (const spec of [
      'w*/a.csv',
      '**/a.csv',
      '{.,x}./outside/a.csv',
      '{..,x}/outside/*',
      '{..,x}/none/*',
    ]) {
      expect([spec, await codeOf(workspace.sources(spec))]).toEqual([spec, 'FILE_NOT_FOUND'])
    }
    symlinkSync('../outside/a.csv', join(scene.root, 'b.csv'))
    expect(await codeOf(workspace.sources('*.csv'))).toBe('FILE_OUTSIDE_WORKSPACE')
  })

  it('keeps the data folder out of a workspace that holds it', async () => {
    const scene = makeScene(onTestFinished)
    const dataDir = join(scene.root, 'data')
    scene.write('data/passwords.csv')
    scene.write('a.csv')
    const workspace = await scene.open({ dataDir })
    expect(await codeOf(workspace.sources('data/passwords.csv'))).toBe('FILE_OUTSIDE_WORKSPACE')
    expect(await codeOf(workspace.target('data/passwords.csv'))).toBe('FILE_OUTSIDE_WORKSPACE')
    expect(await workspace.sources('**/*.csv')).toMatchObject([{ name: 'a.csv' }])
    expect(await codeOf(scene.open({ dataDir: scene.root }))).toBe('USAGE')
  })

  it('refuses to mount a file whose folder was replaced by a link', async () => {
    const scene = makeScene(onTestFinished)
    scene.write('folder/a.csv')
    writeFileSync(join(scene.outside, 'a.csv'), 'a\n1\n')
    const workspace = await scene.open()
    const files = await workspace.sources('folder/a.csv')
    renameSync(join(scene.root, 'folder'), join(scene.root, 'old'))
    symlinkSync(scene.outside, join(scene.root, 'folder'))
    expect(await codeOf(workspace.mount(files))).toBe('FILE_OUTSIDE_WORKSPACE')
  })

  it('needs a root and a current folder that exist', async () => {
    const scene = makeScene(onTestFinished)
    const nothing = join(scene.root, 'nothing')
    expect(await codeOf(scene.open({ root: nothing }))).toBe('FILE_NOT_FOUND')
    expect(await codeOf(scene.open({ cwd: nothing }))).toBe('FILE_NOT_FOUND')
    expect(await codeOf(scene.open({ root: scene.write('a.csv') }))).toBe('FILE_NOT_FOUND')
  })
})

describe('a pattern', () => {
  it('gives its files in natural order, without folders and unfinished exports', async () => {
    const scene = makeScene(onTestFinished)
    for (const name of ['f10.csv', 'f9.csv', 'f1.csv', 'f2.csv', 'f3.csv.part']) scene.write(name)
    mkdirSync(join(scene.root, 'f0'))
    const workspace = await scene.open()
    const names = (await workspace.sources('f*')).map((file) => file.name)
    expect(names).toEqual(['f1.csv', 'f2.csv', 'f9.csv', 'f10.csv'])
    expect(await workspace.sources('f*.part')).toMatchObject([{ name: 'f3.csv.part' }])
    const [first] = await workspace.sources(`${scene.root}/f{1,2}.csv`)
    expect(first?.name).toBe(join(scene.root, 'f1.csv'))
  })

  it('takes braces that together are longer than a name', async () => {
    const scene = makeScene(onTestFinished)
    scene.write('a.csv')
    const workspace = await scene.open()
    expect(await workspace.sources(`{a,${'b'.repeat(300)}}.csv`)).toMatchObject([{ name: 'a.csv' }])
  })

  it.each([
    ['n*.csv', 'FILE_NOT_FOUND'],
    ['none/*.csv', 'FILE_NOT_FOUND'],
    ['fold*', 'FILE_NOT_FOUND'],
    ['e*.csv', 'FILE_EMPTY'],
    ['fif*', 'FILE_NOT_REGULAR'],
    ['{0..9}{0..9}{0..9}{0..9}{0..9}', 'USAGE'],
    ['{1..999999999}', 'USAGE'],
    [`${'{'.repeat(14)}${'a,b}'.repeat(14)}`, 'USAGE'],
  ])('%j is refused with %s', async (pattern, code) => {
    const scene = makeScene(onTestFinished)
    scene.write('empty.csv', '')
    mkdirSync(join(scene.root, 'folder'))
    makeFifo(join(scene.root, 'fifo'))
    expect(await codeOf((await scene.openFree()).sources(pattern))).toBe(code)
  })

  it.each([`${'a*'.repeat(30)}z`, '{*a,/}{*a,/}{*a,/}{*a,/}z', '+(a|aa)z'])(
    'of a workspace costs little, so %j is refused',
    async (pattern) => {
      const scene = makeScene(onTestFinished)
      scene.write('a'.repeat(150))
      expect(await codeOf((await scene.open()).sources(pattern))).toBe('USAGE')
    },
  )

  it('may have three * in each name on its way, and ** besides', async () => {
    const scene = makeScene(onTestFinished)
    scene.write('x-1/y-2/a-b-c.csv')
    expect(await (await scene.open()).sources('**/x*/*-*/*-*-*.csv')).toHaveLength(1)
  })

  it('does not look around outside the workspace, however the way there is spelt', async () => {
    const scene = makeScene(onTestFinished)
    const deep = join(scene.outside, 'deep')
    mkdirSync(deep)
    const long = new Date('2001-01-01')
    for (const folder of [deep, scene.outside]) utimesSync(folder, long, long)
    const workspace = await scene.open()
    for (const pattern of ['{.,x}{.,x}/outside/**/*.csv', `{/,x}${scene.outside.slice(1)}/**/*.csv`])
      expect(await codeOf(workspace.sources(pattern))).toBe('FILE_NOT_FOUND')
    // A folder that is read says so.
    expect(statSync(deep).atime).toEqual(long)
  })

  it('refuses files that are compressed in different ways, naming two', async () => {
    const scene = makeScene(onTestFinished)
    for (const name of ['a.csv.gz', 'b.csv.gz', 'c.csv']) scene.write(name)
    const error = await errorOf((await scene.open()).sources('*.csv*'))
    expect(error.code).toBe('USAGE')
    expect(error.message).toContain('"a.csv.gz" (gzip) and "c.csv" (not compressed)')
  })

  it('ends when it is cancelled', async () => {
    const scene = makeScene(onTestFinished)
    scene.write('a.csv')
    const workspace = await scene.open()
    expect(await codeOf(workspace.sources('*.csv', AbortSignal.abort()))).toBe('CANCELLED')
  })
})

describe('a source in use', () => {
  it('gives its first bytes', async () => {
    const scene = makeScene(onTestFinished)
    scene.write('a.csv', 'abcdef')
    scene.write('a.csv.gz')
    const workspace = await scene.open()
    const [file] = await workspace.sources('a.csv')
    const [compressed] = await workspace.sources('a.csv.gz')
    if (!file || !compressed) throw new Error('no sources')
    expect(String(await readHead(file, 3))).toBe('abc')
    expect(String(await readHead(file, 1000))).toBe('abcdef')
    await expect(readHead(compressed, 3)).rejects.toThrow(TypeError)
  })

  it('is known to have changed by its size, its time, its absence, or another in its place', async () => {
    const scene = makeScene(onTestFinished)
    const path = scene.write('a.csv')
    const resolved = async () => {
      const [file] = await (await scene.open()).sources('a.csv')
      if (!file) throw new Error('no source')
      return file
    }
    const file = await resolved()
    linkSync(path, `${path}.same`)
    expect(await changeOf([file])).toBeUndefined()
    utimesSync(path, 1, 1)
    expect(await changeOf([file])).toMatchObject({ code: 'VERIFICATION_FAILED', place: { file: 'a.csv' } })
    const older = await resolved()
    scene.write('a.csv', 'longer than ever!')
    expect(await changeOf([older])).toBeDefined()
    const last = await resolved()
    renameSync(path, `${path}.away`)
    expect(await changeOf([last])).toBeDefined()
    scene.write('a.csv', 'as long as before')
    const { atime, mtime } = statSync(`${path}.away`)
    utimesSync(path, atime, mtime)
    expect(await changeOf([last])).toBeDefined()
  })
})
