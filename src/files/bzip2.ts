import { PassThrough } from 'node:stream'
import unbzip2 from 'unbzip2-stream'
import { AppError } from '../shared/index.ts'
import { fileError } from './errors.ts'
import { changeOf, openRegular, type SourceFile } from './source-file.ts'
import { spool } from './spool.ts'

/** A plain copy of a bzip2 file: the library's ClickHouse comes without a decoder for it (seen on 26.7). */
export async function unpackBzip2(
  file: SourceFile,
  dataDir: string,
  signal: AbortSignal,
): Promise<SourceFile> {
  const { handle } = await openRegular(file.path, file.name)
  const packed = handle.createReadStream()
  // The decoder is a stream of the old kind; wrapped as a new one it stops for ever once it was paused (seen on 24.21).
  const unpacked = new PassThrough()
  const decoder = packed.pipe(unbzip2())
  decoder.pipe(unpacked)
  for (const stream of [packed, decoder]) stream.on('error', (error: Error) => unpacked.destroy(error))
  try {
    const copy = await spool(unpacked, file.name, dataDir, signal)
    const changed = await changeOf([file])
    if (changed) throw changed
    return { ...copy, compression: 'none' }
  } catch (error) {
    if (error instanceof AppError && error.code !== 'INTERNAL') throw error
    const sentence = (shown: string) =>
      `${shown} cannot be decompressed as bz2: it is damaged or not complete.`
    throw (await changeOf([file])) ?? fileError('FILE_DAMAGED', file.name, sentence, error)
  } finally {
    packed.destroy()
  }
}
