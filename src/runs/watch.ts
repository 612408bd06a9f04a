import { progress, type Server } from '../clickhouse/index.ts'
import type { Progress } from '../shared/index.ts'

/** Each look costs the server 16 ms of processor time (measured), so there are not many; the first comes early. */
const firstMs = 200
const pollMs = 500

export type Totals = Pick<Progress, 'totalRows' | 'totalBytes'> & {
  /** How many bytes of the source were read, where the server reads something else. */
  bytesRead?: (() => number) | undefined
}

/** A query that reads; how far it is tells how far the whole is. */
export interface Watched {
  server: Server
  queryId: string
  totals: Totals
  /** Rows that have arrived, where these may be others than were read. Undefined when it cannot be told. */
  arrived?: (reading: { writtenRows: number }, signal: AbortSignal) => Promise<number | undefined>
}

/** Tells how far a query is until it is stopped. A server that does not answer is no failure of the transfer. */
export function watch(watched: Watched, onProgress: (progress: Progress) => void): { stop(): void } {
  let asked: Promise<void> | undefined
  const ended = new AbortController()
  const ask = async (): Promise<void> => {
    const now = await look(watched, ended.signal).catch(() => undefined)
    if (now && !ended.signal.aborted) onProgress(now)
  }
  const poll = () => {
    timer = setTimeout(poll, pollMs)
    asked ??= ask().finally(() => (asked = undefined))
  }
  let timer = setTimeout(poll, firstMs)
  return {
    stop() {
      ended.abort()
      clearTimeout(timer)
    },
  }
}

async function look(
  { server, queryId, totals, arrived }: Watched,
  signal: AbortSignal,
): Promise<Progress | undefined> {
  const now = await progress(server, queryId, signal)
  if (!now) return undefined
  const { readRows, readBytes, totalRowsApprox } = now
  const { totalBytes, bytesRead } = totals
  const totalRows = totals.totalRows ?? (totalRowsApprox > 0 ? totalRowsApprox : null)
  const rows = arrived ? ((await arrived(now, signal)) ?? 0) : readRows
  // Of a compressed file the server only estimates how much it has read, and that may be more than there is (seen).
  const bytes = bytesRead?.() ?? Math.min(readBytes, totalBytes ?? Infinity)
  const fraction = share(readRows, totalRows) ?? share(bytes, totalBytes)
  return { rows, bytes, totalRows, totalBytes, fraction }
}

const share = (done: number, total: number | null): number | null =>
  total === null || total === 0 ? null : Math.min(done / total, 1)
