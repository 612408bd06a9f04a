/**
 * The child process that writes files: what the embedded server writes comes in on its standard input, and one file goes
 * out on its standard output, or several into a folder. It is a program, not a module; formatting.ts starts it and sends it
 * a `FormatJob`.
 */
import { readSync } from 'node:fs'
import { UnwritableValue } from '../core/dialect/index.ts'
import { contentOf } from './content.ts'
import type { FormatFault, FormatJob, FormatResult } from './formatting.ts'
import { compressed, Plain } from './output.ts'
import { TooManyFiles, writeSplit } from './splitter.ts'

/** bytes; as many as a FIFO holds. */
const pieceSize = 65_536

process.once('message', (job: FormatJob) => {
  write(job).then(
    (result) => process.send?.(result, () => process.exit(0)),
    (error: unknown) => process.send?.(faultOf(error), () => process.exit(1)),
  )
})

async function write(job: FormatJob): Promise<FormatResult> {
  if (!job.split) return { kind: 'written', rows: await writeWhole(job), parts: [] }
  const parts = await writeSplit(pieces(), job, job.split)
  return { kind: 'written', rows: parts.reduce((sum, { rows }) => sum + rows, 0), parts }
}

async function writeWhole(job: FormatJob): Promise<number> {
  const content = contentOf(job)
  const output = compressed(job.compression, new Plain(1))
  await output.write(content.mark)
  for (const piece of pieces()) await output.write(content.push(piece))
  await output.write(content.end())
  await output.end()
  return content.rows ?? 0
}

/** Each may be overwritten by the next. */
function* pieces(): Generator<Buffer, undefined> {
  const buffer = Buffer.alloc(pieceSize)
  for (;;) {
    const length = readSync(0, buffer)
    if (length === 0) return undefined
    yield buffer.subarray(0, length)
  }
}

function faultOf(error: unknown): FormatFault {
  if (error instanceof TooManyFiles) return { kind: 'too-many-files' }
  if (error instanceof UnwritableValue) {
    const { row, column, message } = error
    return { kind: 'value', row, reason: message, ...(column !== undefined && { column }) }
  }
  const { code, stack } = error as NodeJS.ErrnoException
  return code === undefined
    ? { kind: 'defect', stack: stack ?? String(error) }
    : { kind: 'system', errno: code }
}
