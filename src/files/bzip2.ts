import { Readable } from 'node:stream'
import unbzip2 from 'unbzip2-stream'
import { fileError } from './errors.ts'
import { openRegular, type SourceFile } from './source-file.ts'
import { spool } from './spool.ts'

/** A plain copy of a bzip2 file: the library's ClickHouse comes without a decoder for it (seen on 26.7). */
export async function unpackBzip2(
  file: SourceFile,
  dataDir: string,
  signal: AbortSignal,
): Promise<SourceFile> {
  const { handle } = await openRegular(file.path, file.name)
  const packed = handle.createReadStream()
  // The decoder is a stream of the old kind, which knows no backpressure by itself.
  const unpacked = new Readable().wrap(packed.pipe(unbzip2()))
  packed.on('error', (error) => unpacked.destroy(error))
  try {
    const copy = await spool(unpacked, file.name, dataDir, signal)
    return { ...copy, compression: 'none' }
  } catch (error) {
    if (signal.aborted) throw error
    const sentence = (shown: string) =>
      `${shown} cannot be decompressed as bz2: it is damaged or not complete.`
    throw fileError('FILE_DAMAGED', file.name, sentence, error)
  } finally {
    packed.destroy()
  }
}
