import { readAgainOptions } from '../core/transfer/index.ts'
import { preview, type Surroundings } from '../runs/index.ts'
import type { Encoding, FileEnd, Report, SniffedFile, Transfer } from '../shared/index.ts'

/** The options by which corrected rejects are read as the run read their file: a few records alone may look otherwise. */
export async function readAgain(
  { source }: Transfer,
  { readings, rejectsFile }: Report,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (source.kind !== 'file' || rejectsFile === null) return undefined
  // What came by standard input is gone.
  const request = { source, map: [], records: 1 }
  const { file } = source.path === '-' ? {} : await preview(request, surroundings, signal)
  return readAgainOptions(asFound(source, file ?? undefined), readings)
}

/** Below the records, and between them, not everything is in both files; of several files only the first was looked at. */
function asFound({ path, dialect, encoding }: FileEnd, found: SniffedFile | undefined) {
  const above = Object.fromEntries(
    Object.entries(found?.dialect ?? {}).filter(
      ([part]) => part !== 'footerLines' && part !== 'lineTerminator',
    ),
  )
  // UTF-8 shows itself, with a mark and without.
  const isSaid = found !== undefined && !/[*?[{]/.test(path) && !found.encoding.startsWith('utf-8')
  const own = encoding ?? (isSaid ? (found.encoding as Encoding) : undefined)
  return { dialect: { ...above, ...dialect }, ...(own && { encoding: own }) }
}
