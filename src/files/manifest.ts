import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { errnoOf, fileError, translating } from './errors.ts'
import type { WrittenPart } from './formatting.ts'
import type { Contents } from './target.ts'

const fileSchema = z.object({
  name: z.string(),
  /** Records, without the header. */
  rows: z.number(),
  /** As they are on the disk. */
  bytes: z.number(),
  /** Of those bytes, in hexadecimal. */
  sha256: z.string(),
})

/** Lies beside the files of a split export, and says what belongs to it. */
const manifestSchema = z.object({
  format: z.literal('flathouse-split'),
  version: z.literal(1),
  /** What the rows came from. */
  source: z.string(),
  rows: z.number(),
  bytes: z.number(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  /** In the order of the rows. */
  files: z.array(fileSchema),
})
type Manifest = z.infer<typeof manifestSchema>

export function manifestOf(parts: readonly WrittenPart[], { source, columns }: Contents): string {
  const sum = (of: 'rows' | 'bytes') => parts.reduce((total, part) => total + part[of], 0)
  const manifest: Manifest = {
    format: 'flathouse-split',
    version: 1,
    source,
    rows: sum('rows'),
    bytes: sum('bytes'),
    columns: columns.map(({ name, type }) => ({ name, type })),
    files: parts.map(({ name, rows, bytes, sha256 }) => ({ name, rows, bytes, sha256 })),
  }
  return `${JSON.stringify(manifest, undefined, 2)}\n`
}

/**
 * The files that it names; none when it is not there.
 *
 * @param name what a person calls it
 * @throws {AppError} USAGE when it is something else
 */
export async function filesOfManifest(path: string, name: string): Promise<ReadonlySet<string>> {
  const text = await translating(name, 'source', () => readFile(path, 'utf8').catch(emptyWhenGone))
  if (text === '') return new Set()
  try {
    return new Set(manifestSchema.parse(JSON.parse(text)).files.map((file) => file.name))
  } catch (cause) {
    const sentence = (shown: string) => `${shown} is there, and is no manifest of a split export.`
    throw fileError('USAGE', name, sentence, cause)
  }
}

function emptyWhenGone(error: unknown): string {
  if (errnoOf(error) === 'ENOENT') return ''
  throw error
}
