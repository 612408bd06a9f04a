import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constants, zstdCompressSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import type { Compression } from '../shared/index.ts'
import { requireComplete } from './frames.ts'
import { describeFile } from './source-file.ts'

const dir = mkdtempSync(join(tmpdir(), 'flathouse-frames-'))
afterAll(() => {
  rmSync(dir, { recursive: true })
})

async function check(bytes: Buffer, extension: 'zst' | 'lz4' | 'gz'): Promise<void> {
  const path = join(dir, `file.csv.${extension}`)
  writeFileSync(path, bytes)
  await requireComplete(await describeFile(path, path))
}

const damaged = (compression: Compression) =>
  expect.objectContaining({
    code: 'FILE_DAMAGED',
    message: expect.stringContaining(
      `cannot be decompressed as ${compression}: it is damaged or not`,
    ) as string,
  }) as unknown

const zstd = (text: string, checksum: 0 | 1 = 0) =>
  zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: checksum } })

/** Blocks are stored as they are; the header's own checksum is not looked at. */
function lz4(blocks: string[], flags = 0): Buffer {
  const number = (value: number) => Buffer.from(Uint32Array.of(value).buffer)
  const extra = (flag: number, length: number) => Buffer.alloc((flags & flag) === 0 ? 0 : length, 1)
  return Buffer.concat([
    Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x40 | flags, 0x40]),
    ...[extra(8, 8), extra(1, 4), Buffer.alloc(1)],
    ...blocks.flatMap((block) => [
      number((block.length | 0x80000000) >>> 0),
      Buffer.from(block),
      extra(0x10, 4),
    ]),
    ...[number(0), extra(4, 4)],
  ])
}

const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
const long = Array.from({ length: 60_000 }, (_, index) => String(index * 7919)).join(',')

describe('zstd', () => {
  it.each<[string, Buffer]>([
    ['one block', zstd('a,b\n')],
    ['many blocks', zstd(long)],
    ['a checksum', zstd(long, 1)],
    ['one byte, repeated', zstd('a'.repeat(1_000_000))],
    ['several frames', Buffer.concat([zstd('a'), skippable, zstd(long, 1), zstd('')])],
  ])('%s is complete', (_, bytes) => check(bytes, 'zst'))

  it('is not complete without its last byte, wherever it ends', async () => {
    const bytes = Buffer.concat([zstd('a,b\n1,2\n', 1), skippable])
    for (let end = 1; end < bytes.length; end++) {
      if (end === bytes.length - skippable.length) continue
      await expect(check(bytes.subarray(0, end), 'zst'), String(end)).rejects.toEqual(damaged('zstd'))
    }
    await expect(check(zstd(long).subarray(0, -1), 'zst')).rejects.toEqual(damaged('zstd'))
  })

  it('is not what its name says', () =>
    expect(check(Buffer.from(long), 'zst')).rejects.toEqual(damaged('zstd')))
})

describe('lz4', () => {
  it.each<[string, Buffer]>([
    ['no block', lz4([])],
    ['blocks', lz4(['a,b\n', long])],
    ['checksums, a size and a dictionary', lz4(['a,b\n', long], 0x10 | 4 | 8 | 1)],
    ['several frames', Buffer.concat([lz4(['a']), skippable, lz4(['b'], 4)])],
  ])('with %s is complete', (_, bytes) => check(bytes, 'lz4'))

  it('is not complete without its last byte, wherever it ends', async () => {
    const bytes = lz4(['a,b\n', '1,2\n'], 0x10 | 4)
    for (let end = 1; end < bytes.length; end++)
      await expect(check(bytes.subarray(0, end), 'lz4'), String(end)).rejects.toEqual(damaged('lz4'))
  })
})

it('leaves to ClickHouse what ClickHouse notices', () => check(Buffer.from('no gzip'), 'gz'))
