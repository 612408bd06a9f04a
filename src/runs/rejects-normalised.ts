import { isUtf8 } from 'node:buffer'
import { boundsOfRecords, pageOfPlaced, whyMisfit, type PlacedRow } from '../core/transfer/index.ts'
import type { Encoding } from '../shared/index.ts'
import type { FoundReject, OpenDivision } from './division.ts'
import type { Import } from './import-job.ts'
import { openRawBytes, type RawBytes } from './raw-bytes.ts'
import type { OpenSource } from './source-file.ts'

const pageRows = 2000
const mostBeside = 16_777_216

/** The rejects of files that the normaliser reads, in their order: each knows its place. */
export async function* normalisedRejects(
  { source, servers, surroundings, plan }: Import,
  open: OpenDivision,
  signal: AbortSignal,
): AsyncGenerator<FoundReject> {
  const { division } = open
  const { fields } = open.readerOf(source.facts.mountPath)
  const keep = keeperOf(source)
  await using stack = new AsyncDisposableStack()
  let reading: { file: number; bytes: RawBytes } | undefined
  for (let after: PlacedRow | undefined; ;) {
    const rows = await servers.embedded.rows<PlacedRow>(pageOfPlaced(division, after, pageRows), { signal })
    if (rows.length === 0) return
    after = rows.at(-1)
    for (const row of rows) {
      const file = source.files[row.file - 1]
      if (!file) throw new TypeError(`There is no file ${row.file} of ${plan.wanted.length}`)
      if (reading?.file !== row.file) {
        const bytes = stack.use(openRawBytes(file, surroundings.workspace, servers.embedded, signal))
        reading = { file: row.file, bytes }
      }
      const [offset, length] = [Number(row.offset), Number(row.length)]
      const record = await reading.bytes.part(offset, length)
      const encoding = source.encodings[row.file - 1] ?? 'utf-8'
      const raw = decoded(record, encoding)
      const misfits = row.bad.flatMap((number) => fields[number - 1] ?? [])
      const isValid = encoding !== 'utf-8' || isUtf8(record)
      yield {
        reject: {
          ...{ file: file.name, line: Number(row.line), offset, raw },
          ...(row.fault === ''
            ? { column: misfits[0]?.source ?? null, value: row.value }
            : { column: null, value: null }),
          reason: row.fault === '' ? whyMisfit({ fields: misfits, value: row.value, isValid }) : row.fault,
        },
        record: keep.record(record, encoding),
      }
    }
  }
}

/** What stands above the first record of the first file, and below the last. */
export async function besideRecords(
  { source, servers, surroundings }: Import,
  { division }: OpenDivision,
  signal: AbortSignal,
): Promise<{ head: Buffer; tail: Buffer }> {
  const { embedded } = servers
  const [first] = source.files
  const [bounds] = await embedded.rows<{ first: string; last: string }>(boundsOfRecords(division), { signal })
  if (!first || !bounds) return { head: Buffer.alloc(0), tail: Buffer.alloc(0) }
  await using bytes = openRawBytes(first, surroundings.workspace, embedded, signal)
  const encoding = source.encodings[0] ?? 'utf-8'
  const keep = keeperOf(source)
  const head = keep.text(await bytes.part(0, Number(bounds.first)), encoding)
  const { footerLines, lineTerminator } = source.sniffed.dialect
  if (footerLines === undefined) return { head, tail: Buffer.alloc(0) }
  const end = encodedEnd(lineTerminator, encoding)
  const tail = await bytes.part(Number(bounds.last) + end.length, mostBeside)
  return { head, tail: keep.text(tail, encoding) }
}

/** Texts are kept as they are, but in UTF-8 where files are in several encodings: one file can have but one. */
function keeperOf({ sniffed, encodings }: OpenSource) {
  const isMixed = new Set(encodings.map((encoding) => encoding.replace('-bom', ''))).size > 1
  const text = (bytes: Buffer, encoding: Encoding): Buffer =>
    isMixed && !encoding.startsWith('utf-8') ? Buffer.from(decoded(bytes, encoding)) : bytes
  const record = (bytes: Buffer, encoding: Encoding): Buffer => {
    const end = encodedEnd(sniffed.dialect.lineTerminator, isMixed ? 'utf-8' : encoding)
    return Buffer.concat([text(bytes, encoding), end])
  }
  return { text, record }
}

export function decoded(bytes: Buffer, encoding: Encoding): string {
  const isUtf8Text = encoding === 'utf-8-bom' || encoding === 'binary'
  return new TextDecoder(isUtf8Text ? 'utf-8' : encoding).decode(bytes)
}

function encodedEnd(terminator: string, encoding: Encoding): Buffer {
  if (encoding === 'utf-16le') return Buffer.from(terminator, 'utf16le')
  return encoding === 'utf-16be' ? Buffer.from(terminator, 'utf16le').swap16() : Buffer.from(terminator)
}
