import type { Server } from '../clickhouse/index.ts'
import { literal } from '../core/sql/index.ts'
import { checkedReader } from '../core/transfer/index.ts'
import { partsFromEnd, type SourceFile, type Workspace } from '../files/index.ts'
import { AppError } from '../shared/index.ts'
import { explainFault } from './locate.ts'
import { damaged, normalised, type OpenSource } from './source-file.ts'

const partBytes = 4_194_304

/** What is looked at, and by whom. */
export interface Look {
  workspace: Workspace
  embedded: Server
  signal: AbortSignal
}

/**
 * Fails when the last record of a file that the server reads itself has an open quote. The server takes the end of the
 * file for the end of its last field (seen on 26.7), and all records below the quote for its text.
 *
 * @throws {AppError} RECORD_MALFORMED with the line of the quote
 */
export async function requireClosedQuotes(source: OpenSource, look: Look): Promise<void> {
  if (source.facts.reading.by !== 'clickhouse' || !(await mayEndInQuotes(source, look))) return
  const { workspace, embedded, signal } = look
  await using placed = await normalised(source, workspace, embedded, signal)
  const sign = new AppError('RECORD_MALFORMED', `${source.facts.label} ends inside quotes.`)
  const fault = await explainFault(sign, { embedded, workspace, source: placed, signal }, (facts) =>
    checkedReader(facts, [], 'UTC'),
  )
  // Quotes that are text in the middle of fields are a sign of nothing: no record is at fault then.
  if (fault instanceof AppError && fault.place?.line !== undefined) throw fault
}

/** Whether a file may end inside quotes. */
export async function mayEndInQuotes(
  { files, facts }: OpenSource,
  { workspace, embedded, signal }: Look,
): Promise<boolean> {
  const { quote: sign, delimiter } = facts.dialect
  if (sign === null) return false
  for (const file of files) {
    const seen = file.compression === 'none' ? await lastQuotes(file, delimiter) : 'unclear'
    if (seen === 'open') return true
    if (seen === 'closed') continue
    await using mount = await workspace.mount([file])
    const args = [mount.path, 'LineAsString', 'l String', file.compression].map(literal).join(', ')
    const quotes = `SELECT toString(sum(countSubstrings(l, '"')) % 2) AS open FROM file(${args}) WHERE _row_number >= ${facts.skip}`
    const [row] = await embedded.rows<{ open: string }>(quotes, { signal }).catch((error: unknown) => {
      throw damaged(error, file)
    })
    if (row?.open === '1') return true
  }
  return false
}

/**
 * What the last quotes of odd number say. Below a quote that opens a field and is never closed, quotes are doubled: they
 * are its text. So those are the ones that open it, and they stand where a field begins; or they close one, or are text.
 */
async function lastQuotes(file: SourceFile, delimiter: string): Promise<'open' | 'closed' | 'unclear'> {
  const ends = new Set(Buffer.from(`\r\n \t${delimiter}`))
  let below = Buffer.alloc(0)
  for await (const { part, isFirst } of partsFromEnd(file, partBytes)) {
    const bytes = below[0] === quote || part.includes(quote) ? Buffer.concat([part, below]) : part
    const run = lastOddRun(bytes, isFirst)
    if (run) {
      const [before, after] = [bytes[run.start - 1], bytes[run.end]]
      if (before !== undefined && !ends.has(before)) return 'closed'
      return after === undefined || ends.has(after) ? 'unclear' : 'open'
    }
    // Quotes that this part begins with may go on in the one before.
    below = Buffer.from(bytes.subarray(0, endOfRun(bytes, 0) + 1))
  }
  return 'closed'
}

/** Of quotes side by side; undefined when the part of the file holds none, or they may begin before it. */
function lastOddRun(bytes: Buffer, isStart: boolean): { start: number; end: number } | undefined {
  for (let below = bytes.length; below > 0;) {
    const last = bytes.lastIndexOf(quote, below - 1)
    if (last < 0) return undefined
    let start = last
    while (bytes[start - 1] === quote) start -= 1
    if (start === 0 && !isStart) return undefined
    if ((last - start) % 2 === 0) return { start, end: last + 1 }
    below = start
  }
  return undefined
}

function endOfRun(bytes: Buffer, start: number): number {
  let end = start
  while (bytes[end] === quote) end += 1
  return end
}

const quote = 34
