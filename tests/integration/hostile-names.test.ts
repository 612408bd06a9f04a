import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openWorkspace, readHead, type Workspace } from '../../src/files/index.ts'
import { Embedded } from '../../src/main/embedded.ts'
import { previewText, runTransfer, type Surroundings } from '../../src/runs/index.ts'
import { AppError, fileEndSchema, transferSchema } from '../../src/shared/index.ts'
import { openJournal, type Journal } from '../../src/store/index.ts'
import { removeFolder } from '../support/folder.ts'

/** File names that lead out of the workspace, and files that change under our hands, with a real server that reads them. */
const secret = 'name\nthe secret\n'
let base: string
let root: string
let outside: string
let workspace: Workspace
let embedded: Embedded
let surroundings: Surroundings
let journal: AsyncDisposable & Journal

beforeAll(async () => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'flathouse-names-')))
  root = join(base, 'workspace')
  outside = join(base, 'outside')
  const dataDir = join(base, 'data')
  mkdirSync(root)
  mkdirSync(outside)
  workspace = await openWorkspace({ root, dataDir, cwd: root, streams: false })
  embedded = new Embedded({ dataDir }, dataDir)
  journal = await openJournal(dataDir)
  surroundings = { workspace, server: () => embedded.server(), journal }
})

afterAll(async () => {
  await embedded[Symbol.asyncDispose]()
  await journal[Symbol.asyncDispose]()
  await workspace[Symbol.asyncDispose]()
  await sleep(500)
  removeFolder(base)
})

beforeEach(() => {
  for (const folder of [root, outside]) {
    removeFolder(folder)
    mkdirSync(folder)
  }
  writeFileSync(join(outside, 'secret.csv'), secret)
  writeFileSync(join(root, 'a.csv'), 'name\nplain\n')
})

/** Puts links to the outside in the place of `folder` and of its file and takes them away, as fast as it can be done. */
function swapAgainAndAgain(): () => Promise<void> {
  const script = `while :; do
    mv folder .real; ln -s ${outside} folder; rm folder; mv .real folder
    rm -f folder/a.csv; ln -s ${outside}/a.csv folder/a.csv; rm -f folder/a.csv; echo name > .new; echo plain >> .new
    mv .new folder/a.csv; done`
  const child = spawn('sh', ['-c', script], { cwd: root, stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return () => {
    child.kill('SIGKILL')
    return ended
  }
}

/** What each way into the files says to a name; undefined where it let it through. */
async function answers(name: string): Promise<Record<string, unknown>> {
  const ways: Record<string, () => Promise<unknown>> = {
    sources: async () => {
      await using mount = await workspace.mount(await workspace.sources(name))
      return readFileSync(mount.path, 'utf8')
    },
    open: async () => {
      await using file = await workspace.open(name)
      return Buffer.concat(await file.read(0, file.size).toArray()).toString()
    },
    list: async () => JSON.stringify(await workspace.list(name)),
    remove: () => workspace.remove(name),
    checkTarget: () => workspace.checkTarget(name),
    target: async () => {
      await using target = await workspace.target(name)
      writeFileSync(target.mountPath, 'written')
      await target.commit()
    },
  }
  const found: Record<string, unknown> = {}
  for (const [way, go] of Object.entries(ways)) {
    found[way] = await go().then(
      (text) => text ?? 'done',
      (error: unknown) => (error instanceof AppError ? `${error.code}: ${error.message}` : error),
    )
  }
  return found
}

const outsideNow = () =>
  readdirSync(outside)
    .sort()
    .map((name) => `${name}: ${readFileSync(join(outside, name), 'utf8')}`)

describe('a name that comes from outside', () => {
  const at = (path: string) => path.replaceAll('OUT', outside).replaceAll('ROOT', root)

  it.each([
    '../outside/secret.csv',
    './../outside/secret.csv',
    'x/../../outside/secret.csv',
    '../workspace/../outside/secret.csv',
    '....//....//outside/secret.csv',
    '..\\outside\\secret.csv',
    '..\\/outside/secret.csv',
    'OUT/secret.csv',
    '//OUT/secret.csv',
    '/proc/self/root/OUT/secret.csv',
    '/proc/self/cwd/../outside/secret.csv',
    'ROOT/../outside/secret.csv',
    '%2e%2e/outside/secret.csv',
    '%2e%2e%2foutside%2fsecret.csv',
    '..%c0%af../outside/secret.csv',
    '..／outside／secret.csv',
    '․․/outside/secret.csv',
    '‥/outside/secret.csv',
    '.\u200b./outside/secret.csv',
    '.\u202e./outside/secret.csv',
    '..\u0000/outside/secret.csv',
    '../outside/secret.csv\u0000.csv',
    '../outside/secret.csv\n',
    ' ../outside/secret.csv',
    '~/secret.csv',
    'file://OUT/secret.csv',
    '../outside/*.csv',
    '../{outside,x}/secret.csv',
    '**/../../outside/*',
    '[.][.]/outside/secret.csv',
    'head:00000000-0000-0000-0000-000000000000/../../outside/secret.csv',
    '../data/embedded/runtime.json',
    '/dev/stdin',
    '/dev/fd/0',
    '-',
    '',
    '.',
    '..',
    '/',
    'x'.repeat(256),
    'x/'.repeat(2100) + 'x',
    '../'.repeat(2000) + 'etc/passwd',
  ])('%j reads and changes nothing outside', async (name) => {
    const found = await answers(at(name))
    expect(JSON.stringify(found)).not.toContain('the secret')
    for (const [way, end] of Object.entries(found)) {
      // A listing may be of the workspace itself; a new name may be that of a new file in it.
      expect(end).not.toBeInstanceOf(Error)
      if (way !== 'checkTarget') expect([way, typeof end]).toEqual([way, 'string'])
    }
    expect(outsideNow()).toEqual([`secret.csv: ${secret}`])
    expect(existsSync(join(root, 'a.csv'))).toBe(true)
  })

  it.each([
    'CON',
    'nul',
    'aux.csv',
    'com1',
    'a.csv.',
    'a.csv ',
    'a.csv:stream',
    'a.csv::$DATA',
    'con.csv.gz',
  ])('%j, which means something on Windows, is an own plain file here', async (name) => {
    writeFileSync(join(root, name), 'b\n2\n')
    await using mount = await workspace.mount(await workspace.sources(name))
    expect(readFileSync(mount.path, 'utf8')).toBe('b\n2\n')
    expect(readFileSync(join(root, 'a.csv'), 'utf8')).toBe('name\nplain\n')
  })

  it.each([
    ...[
      'CON',
      'nul.csv',
      'com1.csv.gz',
      'a.csv.',
      'a.csv ',
      'a\\b.csv',
      '..\\b.csv',
      'b.csv\u0007',
      'b\n.csv',
    ],
    ...['b\u202evsc.exe', 'b\u200b.csv', '․․／b.csv', 'b\u2028.csv'],
  ])('%j is no name for a new file', async (name) => {
    const code = { code: 'USAGE' }
    await expect(workspace.target(name)).rejects.toMatchObject(code)
    await expect(workspace.checkTarget(name)).rejects.toMatchObject(code)
    expect(readdirSync(root)).toEqual(['a.csv'])
  })

  it('twins by case or by the form of an accent are two files', async () => {
    for (const name of ['É.csv', 'E\u0301.csv', 'é.csv']) writeFileSync(join(root, name), `${name}\n1\n`)
    for (const name of ['É.csv', 'E\u0301.csv', 'é.csv']) {
      await using mount = await workspace.mount(await workspace.sources(name))
      expect(readFileSync(mount.path, 'utf8')).toBe(`${name}\n1\n`)
    }
  })
})

describe('a link', () => {
  it.each([
    ['to a file outside', () => symlinkSync(join(outside, 'secret.csv'), join(root, 'link'))],
    [
      'to a link outside',
      () => {
        symlinkSync(join(outside, 'secret.csv'), join(root, 'first'))
        symlinkSync('first', join(root, 'link'))
      },
    ],
    ['that is relative', () => symlinkSync('../outside/secret.csv', join(root, 'link'))],
    ['to nothing outside', () => symlinkSync(join(outside, 'new.csv'), join(root, 'link'))],
    ['to itself', () => symlinkSync('link', join(root, 'link'))],
    ['to a device', () => symlinkSync('/dev/zero', join(root, 'link'))],
    ['to our own descriptors', () => symlinkSync('/proc/self/fd/0', join(root, 'link'))],
  ])('%s is not followed', async (_, make) => {
    make()
    const { remove, ...others } = await answers('link')
    expect(JSON.stringify(others)).not.toMatch(/the secret|done/)
    expect(remove).toMatch(/FILE_|TARGET_/)
    expect(outsideNow()).toEqual([`secret.csv: ${secret}`])
  })

  it('a FIFO neither blocks nor is read', async () => {
    execFileSync('mkfifo', [join(root, 'fifo')])
    const found = await answers('fifo')
    expect(JSON.stringify({ ...found, remove: '' })).not.toContain('done')
    expect(found['sources']).toContain('FILE_NOT_REGULAR')
  })

  it('a second name of a file is a file of the workspace, and only that name is deleted', async () => {
    linkSync(join(outside, 'secret.csv'), join(root, 'hard.csv'))
    await workspace.remove('hard.csv')
    expect(outsideNow()).toEqual([`secret.csv: ${secret}`])
  })
})

describe('what is swapped after it was looked at', () => {
  const swaps = {
    'the file': () => {
      rmSync(join(root, 'folder/a.csv'), { force: true })
      symlinkSync(join(outside, 'a.csv'), join(root, 'folder/a.csv'))
    },
    'its folder': () => {
      renameSync(join(root, 'folder'), join(root, 'moved'))
      symlinkSync(outside, join(root, 'folder'))
    },
  }

  beforeEach(() => {
    mkdirSync(join(root, 'folder'))
    writeFileSync(join(root, 'folder/a.csv'), 'name\nplain\n')
    writeFileSync(join(outside, 'a.csv'), secret)
  })

  it.each(Object.entries(swaps))('%s: the server reads what was mounted', async (_, swap) => {
    await using server = await embedded.server()
    await using mount = await workspace.mount(await workspace.sources('folder/a.csv'))
    swap()
    const rows = await server.rows(`SELECT * FROM file('${mount.path}', 'CSVWithNames', 'name String')`)
    expect(rows).toEqual([{ name: 'plain' }])
  })

  it.each(Object.entries(swaps))('%s: its head is not read', async (_, swap) => {
    const [file] = await workspace.sources('folder/a.csv')
    swap()
    if (file)
      await expect(readHead(file, 100)).rejects.toMatchObject({ code: /FILE_NOT_FOUND|FILE_NOT_REGULAR/ })
  })

  it.each([
    [
      'the unfinished file',
      () => {
        rmSync(join(root, 'folder/out.csv.part'))
        symlinkSync(join(outside, 'a.csv'), join(root, 'folder/out.csv.part'))
      },
      'FILE_NOT_FOUND',
    ],
    ['its folder', swaps['its folder'], 'FILE_OUTSIDE_WORKSPACE'],
  ])('%s: the server writes nowhere else', async (_, swap, code) => {
    await using server = await embedded.server()
    await using target = await workspace.target('folder/out.csv')
    swap()
    await server.command(
      `INSERT INTO FUNCTION file('${target.mountPath}', 'CSV', 'name String') SELECT 'written'`,
      { settings: { engine_file_truncate_on_insert: 1 } },
    )
    await expect(target.commit()).rejects.toMatchObject({ code })
    expect(outsideNow()).toEqual([`a.csv: ${secret}`, `secret.csv: ${secret}`])
  })

  it('again and again, while everything goes on', async () => {
    const swapping = swapAgainAndAgain()
    const ends = new Map<string, number>()
    const count = (end: string) => ends.set(end, (ends.get(end) ?? 0) + 1)
    try {
      const [until, atMost] = [Date.now() + 8000, Date.now() + 60_000]
      // Some get through and some do not, or the swaps come at the wrong moments.
      while (Date.now() < until || (ends.size <= 2 && Date.now() < atMost)) {
        for (const end of Object.values(await answers('folder/a.csv'))) {
          expect(String(end)).not.toContain('the secret')
          count(String(end).split(':')[0] ?? '')
        }
        const source = fileEndSchema.parse({ kind: 'file', path: 'folder/a.csv' })
        const looked = await previewText(source, 5, surroundings, AbortSignal.timeout(20_000)).catch(String)
        expect(JSON.stringify(looked)).not.toContain('the secret')
        const target = { kind: 'file', path: 'folder/b.csv' }
        const transfer = transferSchema.parse({ direction: 'convert', source, target })
        const { signal } = new AbortController()
        const report = await runTransfer(transfer, surroundings, { signal, onEvent: () => undefined })
        count(report.error?.code ?? 'moved')
      }
    } finally {
      await swapping()
    }
    expect(ends.size).toBeGreaterThan(2)
    expect(outsideNow()).toEqual([`a.csv: ${secret}`, `secret.csv: ${secret}`])
    expect(spawnSync('grep', ['-rl', 'the secret', root], { encoding: 'utf8' }).stdout).toBe('')
  })
})
