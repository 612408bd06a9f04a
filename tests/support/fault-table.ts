import { appendFileSync } from 'node:fs'

/** A line of the table that `npm run test:fault` prints. */
export interface FaultLine {
  /** What was done to what: "SIGKILL of the embedded server while it loads". */
  fault: string
  /** How often. */
  rounds: number
  /** What came of it, in a few words with numbers. */
  result: string
}

/** Notes a result; does nothing outside of the long form. */
export function noteFault(line: FaultLine): void {
  const file = process.env['FAULT_TABLE']
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`)
}
