import { readFileSync } from 'node:fs'
import { expect, it, onTestFinished } from 'vitest'
import { errorOf, makeScene } from './test-support.ts'

/** Two streams one after the other, as parallel packers write them: `a,b 1,x` and `2,y 3,z`, a line each. */
const packed = Buffer.concat(
  [
    'QlpoOTFBWSZTWdR78W4AAALZgAAQAAQgADAAAEAgACGmmaDAKBULC7kinChIaj34twA=',
    'QlpoOTFBWSZTWXUwlxAAAAJYgAAQAAQYAAAwIAAhppmgwAKVCwu5IpwoSDqYS4gA',
  ].map((text) => Buffer.from(text, 'base64')),
)

it('gives a plain copy, which ends with the workspace', async () => {
  const scene = makeScene(onTestFinished)
  scene.write('two.csv.bz2', packed)
  const workspace = await scene.open()
  const [file] = await workspace.sources('two.csv.bz2')
  expect(file).toMatchObject({ name: 'two.csv.bz2', compression: 'none', size: 16 })
  const copy = file?.path ?? ''
  expect(readFileSync(copy, 'utf8')).toBe('a,b\n1,x\n2,y\n3,z\n')
  await workspace[Symbol.asyncDispose]()
  expect(() => readFileSync(copy)).toThrow('ENOENT')
})

it('unpacks more than a stream holds', async () => {
  const scene = makeScene(onTestFinished)
  const packedLong =
    'QlpoOTFBWSZTWXZYjF8BP5hIAAAQf+AgAJAgGmmgTVUNNMTlRQCuqigFZ8UUArCigFeqKAVlRQCsVFAK+qKAVqooBW6igFcqKAV+YoKyTKazOYsTXgd9kJAAACD/wEABIEA000CaqjTRpm6igFdVFAK7qKAViooBXlRQCs1FAKz7UUAr5RQCtKKAV+ooBW1FAK4YoKyTKazKolAoACOD5AAACD/wEABAClRGgwgGmmjdUCoYCCoZqgVDqqBUO6oFQ1VAqHlUCoe1QKh9VAqH9UCobqgVDgu5IpwoSDrWwTkA'
  scene.write('long.csv.bz2', Buffer.from(packedLong, 'base64'))
  const workspace = await scene.open()
  const [file] = await workspace.sources('long.csv.bz2')
  expect(readFileSync(file?.path ?? '', 'utf8')).toBe('0123456789\n'.repeat(200_000))
})

it.each([
  ['cut', packed.subarray(0, -10)],
  ['damaged', Buffer.concat([packed.subarray(0, 20), Buffer.alloc(10), packed.subarray(30)])],
])('says that a %s file cannot be decompressed', async (_, bytes) => {
  const scene = makeScene(onTestFinished)
  scene.write('bad.csv.bz2', bytes)
  const workspace = await scene.open()
  const error = await errorOf(workspace.sources('bad.csv.bz2'))
  expect(error).toMatchObject({
    code: 'FILE_DAMAGED',
    message: '"bad.csv.bz2" cannot be decompressed as bz2: it is damaged or not complete.',
  })
})
