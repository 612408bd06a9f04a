import { sniff } from '../../src/core/dialect/index.ts'
import type { LabelledFile } from './files.ts'

const mebibyte = 1_048_576

/** How many milliseconds of computing it takes to sniff a MiB of the file's records, whatever else runs on the machine. */
export function paceOf(file: LabelledFile | undefined): number {
  if (file === undefined) throw new Error('there is no such file')
  const parts = Array.from({ length: Math.ceil(mebibyte / file.bytes.length) }, () => file.bytes)
  const bytes = Buffer.concat(parts).subarray(0, mebibyte)
  const before = process.threadCpuUsage()
  sniff({ bytes, complete: false }, { choice: {}, extension: file.extension })
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}
