import type { FileEnd, Inspection } from '../shared/index.ts'
import type { Preparation } from './prepared.ts'
import { profileFile } from './profile.ts'
import { openSource } from './source-file.ts'
import type { Surroundings } from './surroundings.ts'

/** Dialect, encoding and a profile of every column of the whole file. */
export async function inspectFile(
  end: FileEnd,
  { server, workspace }: Surroundings,
  watcher: Pick<Preparation, 'signal' | 'onProgress'>,
): Promise<Inspection> {
  await using embedded = await server('embedded')
  await using source = await openSource(end, workspace, embedded, watcher.signal)
  const { encoding, dialect, confidence, reasons, warnings } = source.sniffed
  const profile = await profileFile(source, embedded, workspace, 'UTC', watcher)
  return {
    encoding,
    dialect,
    confidence,
    reasons,
    warnings,
    columns: profile.map(({ name, type, nullable, nulls, empties, distinct, longest, min, max }) => {
      return { name, type, nullable, nulls, empties, distinct, longest, min, max }
    }),
    records: Number(profile[0]?.records ?? 0),
  }
}
