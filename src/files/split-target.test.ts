import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { isSplitName, splitName, splitNames } from './part-names.ts'
import { deadPid, makeScene, type Scene } from './test-support.ts'

it.each([
  ['out.csv', 'out-00001.csv'],
  ['out.csv.gz', 'out-00001.csv.gz'],
  ['2024.01.tsv.zst', '2024.01-00001.tsv.zst'],
  ['out', 'out-00001'],
  ['out.gz', 'out-00001.gz'],
  ['.csv', '.csv-00001'],
])('numbers %s as %s', (name, first) => {
  const names = splitNames(name)
  expect(splitName(names, 1)).toBe(first)
  expect(isSplitName(names, first)).toBe(true)
  for (const other of [name, `${first}.part`, first.replace('00001', '0001'), `x${first}`])
    expect(isSplitName(names, other)).toBe(false)
})

/** What a process leaves that dies while it writes split files, or gives them their names. */
function leave(scene: Scene, isCommitting: boolean): void {
  const mount = join(scene.dataDir, 'mounts', `${deadPid()}-1`)
  mkdirSync(mount, { recursive: true })
  const write = (name: string, text: string) => writeFileSync(join(scene.root, name), text)
  // The first has its name already.
  write(isCommitting ? 'out-00001.csv' : 'out-00001.csv.part', 'new 1')
  write('out-00002.csv.part', 'new 2')
  write('out.manifest.json.part', 'new manifest')
  if (!isCommitting) write('out-00001.csv', 'old 1')
  write('out-00002.csv', 'old 2')
  write('out-00003.csv', 'old 3')
  write('out.manifest.json', 'old manifest')
  symlinkSync(join(scene.root, 'out.manifest.json.part'), join(mount, 'part'))
  for (const n of [1, 2]) symlinkSync(join(scene.root, `out-0000${n}.csv.part`), join(mount, `part-${n}`))
  if (!isCommitting) return
  const files = ['out-00001.csv', 'out-00002.csv']
  const commit = { folder: scene.root, files, manifest: 'out.manifest.json', surplus: ['out-00003.csv'] }
  writeFileSync(join(mount, 'commit'), JSON.stringify(commit))
}

const there = ({ root }: Scene) =>
  Object.fromEntries(readdirSync(root).map((name) => [name, readFileSync(join(root, name), 'utf8')]))

it('removes the unfinished files of a process that died before the commit, and no other', async () => {
  const scene = makeScene(onTestFinished)
  leave(scene, false)
  await scene.open()
  expect(there(scene)).toEqual({
    'out-00001.csv': 'old 1',
    'out-00002.csv': 'old 2',
    'out-00003.csv': 'old 3',
    'out.manifest.json': 'old manifest',
  })
  expect(readdirSync(join(scene.dataDir, 'mounts'))).toEqual([])
})

it('completes the commit in which a process died', async () => {
  const scene = makeScene(onTestFinished)
  leave(scene, true)
  await scene.open()
  expect(there(scene)).toEqual({
    'out-00001.csv': 'new 1',
    'out-00002.csv': 'new 2',
    'out.manifest.json': 'new manifest',
  })
  expect(readdirSync(join(scene.dataDir, 'mounts'))).toEqual([])
})
