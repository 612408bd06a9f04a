import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Upload } from '@tus/server'
import { expect, it, onTestFinished } from 'vitest'
import { errorOf, makeScene, mountSmallDisk } from './test-support.ts'

const id = '0'.repeat(32)
const upload = (filename: string, size: number) => new Upload({ id, size, offset: 0, metadata: { filename } })

it('moves an upload to another file system, whole and with the permissions of a new file', async ({
  skip,
}) => {
  const scene = makeScene(onTestFinished)
  skip(!mountSmallDisk(onTestFinished, scene.root, 'size=8m'), 'may not mount a disk')
  const { uploads } = await scene.open()
  const bytes = Buffer.alloc(3_000_000, 'x')
  await uploads.create(upload('far.csv', bytes.length))
  await uploads.write(Readable.from([bytes]), id, 0)
  expect(await Promise.all([uploads.finish(id), uploads.finish(id)])).toEqual(['far.csv', 'far.csv'])
  expect(readdirSync(scene.root)).toEqual(['far.csv'])
  const other = scene.write('other.csv')
  expect(readFileSync(join(scene.root, 'far.csv')).equals(bytes)).toBe(true)
  expect(statSync(join(scene.root, 'far.csv')).mode & 0o777).toBe(statSync(other).mode & 0o777)
  expect(readdirSync(join(scene.dataDir, 'uploads'))).toEqual([`${id}.json`])
})

it('says that the disk of the workspace is full, and tries again under the same name', async ({ skip }) => {
  const scene = makeScene(onTestFinished)
  skip(!mountSmallDisk(onTestFinished, scene.root, 'size=1m'), 'may not mount a disk')
  const { uploads } = await scene.open()
  await uploads.create(upload('large.csv', 3_000_000))
  await uploads.write(Readable.from([Buffer.alloc(3_000_000)]), id, 0)
  for (const attempt of [1, 2]) {
    const { code, message } = await errorOf(uploads.finish(id))
    expect([attempt, code, message]).toEqual([
      attempt,
      'DISK_FULL',
      'The disk is full: "large.csv" could not be written.',
    ])
  }
  expect((await uploads.getUpload(id)).offset).toBe(3_000_000)
  expect(readdirSync(scene.root)).toEqual([])
})

it('keeps what the disk could take, and goes on when there is room', async ({ skip }) => {
  const scene = makeScene(onTestFinished)
  skip(!mountSmallDisk(onTestFinished, scene.dataDir, 'size=4m'), 'may not mount a disk')
  const { uploads } = await scene.open()
  await uploads.create(upload('big.csv', 9_000_000))
  const error = await errorOf(uploads.write(Readable.from([Buffer.alloc(9_000_000)]), id, 0))
  expect(error.message).toBe('The disk of the data folder is full: "big.csv" could not be copied to it.')
  expect((await uploads.getUpload(id)).offset).toBeGreaterThan(3_000_000)
  expect((await errorOf(uploads.admit('big.csv', 1))).code).toBe('DISK_FULL')
})
