import type { FileHandle } from 'node:fs/promises'
import type { Compression } from '../shared/index.ts'
import { fileError, translating } from './errors.ts'
import { openRegular, type SourceFile } from './source-file.ts'

/**
 * Fails when a zstd or lz4 file ends too early: ClickHouse takes that for the end of the data (seen on 26.7). Of gzip
 * and xz it notices. Only the blocks' headers are read.
 *
 * @throws {AppError} FILE_DAMAGED
 */
export async function requireComplete(file: SourceFile): Promise<void> {
  const frameEnd = frameEnds[file.compression]
  if (frameEnd === undefined) return
  await translating(file.name, 'source', async () => {
    await using handle = (await openRegular(file.path, file.name)).handle
    let end = 0
    for await (const frame of framesOf(handle, file.size, frameEnd)) end = frame.end
    if (end !== file.size) throw incomplete(file)
  })
}

const incomplete = ({ name, compression }: SourceFile) => {
  const reason = `cannot be decompressed as ${compression}: it is damaged or not complete`
  return fileError('FILE_DAMAGED', name, (shown) => `${shown} ${reason}.`)
}

/** Where a frame stands in a file, in bytes. */
interface Frame {
  start: number
  end: number
}

/** Those of a file that is complete. */
export const zstdFrames = (handle: FileHandle, size: number): AsyncGenerator<Frame> =>
  framesOf(handle, size, zstdEnd)

/** One after the other, up to what is none, or not all here. */
async function* framesOf(handle: FileHandle, size: number, frameEnd: FrameEnd): AsyncGenerator<Frame> {
  const at = reader(handle)
  let start = 0
  while (start < size) {
    const end = await nextFrame(at, start, frameEnd).catch((error: unknown) => {
      if (error instanceof CutShort) return undefined
      throw error
    })
    if (end === undefined || end > size) return
    yield { start, end }
    start = end
  }
}

/** The file ends within a frame. */
class CutShort extends Error {}

/** Some bytes of the file, which must be there. */
type ReadAt = (position: number, length: number) => Promise<Buffer>

const reader =
  (handle: FileHandle): ReadAt =>
  async (position, length) => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position)
    if (bytesRead < length) throw new CutShort()
    return buffer
  }

/** Where the frame that begins at a position ends; undefined when none begins there. */
type FrameEnd = (at: ReadAt, position: number) => Promise<number | undefined>

const frameEnds: Partial<Record<Compression, FrameEnd>> = { zstd: zstdEnd, lz4: lz4End }

/** Both formats know frames of other content, to be skipped. */
async function nextFrame(at: ReadAt, position: number, frameEnd: FrameEnd): Promise<number | undefined> {
  const head = await at(position, 8)
  if (head.readUInt32LE(0) >>> 4 === 0x184d2a5) return position + 8 + head.readUInt32LE(4)
  return await frameEnd(at, position)
}

/** RFC 8878, 3.1.1 */
async function zstdEnd(at: ReadAt, start: number): Promise<number | undefined> {
  const head = await at(start, 5)
  if (head.readUInt32LE(0) !== 0xfd2fb528) return undefined
  const descriptor = head.readUInt8(4)
  const isSingle = (descriptor & 0x20) !== 0
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0
  const content = [isSingle ? 1 : 0, 2, 4, 8][descriptor >>> 6] ?? 0
  let position = start + 5 + (isSingle ? 0 : 1) + dictionary + content
  for (;;) {
    const block = (await at(position, 3)).readUIntLE(0, 3)
    const [isLast, type, size] = [(block & 1) === 1, (block >>> 1) & 3, block >>> 3]
    position += 3 + (type === 1 ? 1 : size)
    if (isLast) return position + ((descriptor & 4) === 0 ? 0 : 4)
  }
}

/** The LZ4 frame format, 1.6 */
async function lz4End(at: ReadAt, start: number): Promise<number | undefined> {
  const head = await at(start, 5)
  if (head.readUInt32LE(0) !== 0x184d2204) return undefined
  const flags = head.readUInt8(4)
  const [blockChecksum, checksum] = [(flags & 0x10) === 0 ? 0 : 4, (flags & 4) === 0 ? 0 : 4]
  let position = start + 7 + ((flags & 8) === 0 ? 0 : 8) + ((flags & 1) === 0 ? 0 : 4)
  for (;;) {
    const size = (await at(position, 4)).readUInt32LE(0) & 0x7fffffff
    if (size === 0) return position + 4 + checksum
    position += 4 + size + blockChecksum
  }
}
