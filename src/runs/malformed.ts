import type { Server } from '../clickhouse/index.ts'
import { parseRecords } from '../core/dialect/index.ts'
import { literal } from '../core/sql/index.ts'
import type { FileFacts } from '../core/transfer/index.ts'

/** What stands in a file from some line on, as far as it is needed to say what is wrong there. */
export interface Excerpt {
  text: string
  /** Of its first line, in bytes. */
  lineLength: number
}

const excerptLines = 100
const excerptBytes = 65_536

/** Read as lines: what the server itself remembers of a record is lost when its buffer has moved on (seen on 26.7). */
export async function excerptAt(embedded: Server, facts: FileFacts, line: number): Promise<Excerpt> {
  const args = [facts.mountPath, 'LineAsString', 'l String', facts.compression]
  const lines = `SELECT l FROM file(${args.map(literal).join(', ')}) LIMIT ${line - 1}, ${excerptLines}`
  const sql =
    `SELECT arrayStringConcat(groupArray(substring(l, 1, ${excerptBytes})), '\\n') AS text, ` +
    `toString(any(length(l))) AS length FROM (${lines})`
  const settings = { max_threads: 1, input_format_parallel_parsing: 0 }
  const [row] = await embedded.rows<{ text: string; length: string }>(sql, { settings })
  return { text: row?.text.slice(0, excerptBytes) ?? '', lineLength: Number(row?.length ?? 0) }
}

/** Half a sentence on the record that the text begins with. */
export function whyMalformed(text: string, { dialect, names }: FileFacts): string {
  const layout = { ...dialect, skipLines: 0 }
  const [record = []] = parseRecords(`${text}\n`, layout, 1)
  const [longer = []] = parseRecords(`${text}\nx`, layout, 1)
  const isQuoted = dialect.quote !== null
  // Only inside quotes, or after a backslash, does a line end not end the record.
  if (longer.at(-1) !== record.at(-1))
    return isQuoted ? 'a quote is opened and not closed' : 'a backslash stands before the end of a line'
  if (record.length === names.length) {
    const cause = isQuoted
      ? 'a quote that is not closed, or not doubled'
      : 'a backslash before a tab or a line end'
    return `the record cannot be read: look for ${cause}`
  }
  const fields = `${record.length} ${record.length === 1 ? 'field' : 'fields'}`
  return `the record has ${fields}, but ${names.length} are expected`
}
