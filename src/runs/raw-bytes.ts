import { randomUUID } from 'node:crypto'
import type { Server } from '../clickhouse/index.ts'
import { literal } from '../core/sql/index.ts'
import { readPart, type SourceFile, type Workspace } from '../files/index.ts'

/** Parts of one unpacked file, asked for from the beginning to the end. */
export interface RawBytes extends AsyncDisposable {
  /** Fewer where the file ends. */
  part(offset: number, length: number): Promise<Buffer>
}

/** One reading of the disk serves the records around. */
const windowBytes = 65_536

export function openRawBytes(
  file: SourceFile,
  workspace: Workspace,
  embedded: Server,
  signal: AbortSignal,
): RawBytes {
  return file.compression === 'none' ? plainBytes(file) : unpackedBytes(file, workspace, embedded, signal)
}

function plainBytes(file: SourceFile): RawBytes {
  let window: { start: number; bytes: Buffer } = { start: 0, bytes: Buffer.alloc(0) }
  return {
    async part(offset, length) {
      const isIn = offset >= window.start && offset + length <= window.start + window.bytes.length
      if (!isIn)
        window = { start: offset, bytes: await readPart(file, offset, Math.max(length, windowBytes)) }
      return window.bytes.subarray(offset - window.start, offset - window.start + length)
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

/** As lines, which come in their order and of which the file consists whatever they mean in its encoding. */
function unpackedBytes(
  file: SourceFile,
  workspace: Workspace,
  embedded: Server,
  signal: AbortSignal,
): RawBytes {
  const stack = new AsyncDisposableStack()
  let chunks: AsyncIterator<Buffer> | undefined
  let held: { start: number; bytes: Buffer } = { start: 0, bytes: Buffer.alloc(0) }
  const open = async () => {
    const mount = stack.use(await workspace.mount([file]))
    const args = [mount.path, 'LineAsString', 'l String', file.compression].map(literal).join(', ')
    const settings = { parallelize_output_from_storages: 0 }
    const sql = `SELECT l FROM file(${args})\nFORMAT TSVRaw`
    const { body } = await embedded.send(sql, { settings, signal, queryId: randomUUID() })
    stack.defer(() => void body.destroy())
    return (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  }
  return {
    async part(offset, length) {
      chunks ??= await open()
      const parts: Buffer[] = []
      for (let left = length; left > 0;) {
        const from = offset + length - left - held.start
        if (from < held.bytes.length) {
          const bytes = held.bytes.subarray(from, from + left)
          parts.push(bytes)
          left -= bytes.length
          continue
        }
        const next = await chunks.next()
        if (next.done === true) break
        held = { start: held.start + held.bytes.length, bytes: next.value }
      }
      return Buffer.concat(parts)
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
