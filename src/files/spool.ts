import { constants, createWriteStream, open as openDescriptor } from 'node:fs'
import { open } from 'node:fs/promises'
import { Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { compressionOfBytes, magicLength } from './compression.ts'
import { claimEntry, removeEntry } from './entries.ts'
import { throwIfCancelled, translate, translating } from './errors.ts'
import { emptyFile, type SourceFile } from './source-file.ts'

/**
 * Copies a stream into the data folder, because type checking, and finding the line of an error, read it twice.
 * Backpressure bounds the memory; the disk bounds the length.
 */
export async function spool(
  input: NodeJS.ReadableStream,
  name: string,
  dataDir: string,
  signal: AbortSignal,
): Promise<SourceFile> {
  const path = claimEntry(dataDir, 'spool')
  try {
    const output = createWriteStream(path, { flags: 'wx', mode: 0o600 })
    await pipeline(input, output, { signal })
    return await describeSpooled(path, name)
  } catch (error) {
    await removeEntry(path)
    throwIfCancelled(signal)
    throw translate(error, name, 'spool')
  }
}

async function describeSpooled(path: string, name: string): Promise<SourceFile> {
  await using handle = await open(path, 'r')
  const { size, mtimeMs } = await handle.stat()
  if (size === 0) throw emptyFile(name)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(magicLength), 0, magicLength, 0)
  return { name, path, size, mtimeMs, compression: compressionOfBytes(buffer.subarray(0, bytesRead)) }
}

const openFile = promisify(openDescriptor)

/**
 * A FIFO is read as a socket: opened without blocking and awaited by the event loop. A file stream would block a
 * thread in `open` until a writer comes, and no signal could end that.
 */
export async function openFifo(path: string, name: string): Promise<NodeJS.ReadableStream> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK
  const fd = await translating(name, 'source', () => openFile(path, flags))
  return new Socket({ fd, readable: true, writable: false })
}
