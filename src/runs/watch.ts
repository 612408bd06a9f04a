import { progress, type Server } from '../clickhouse/index.ts'
import type { Progress } from '../shared/index.ts'

/** Each look costs the server 16 ms of processor time (measured), so there are not many; the first comes early. */
const firstMs = 200
const pollMs = 500

export type Totals = Pick<Progress, 'totalRows' | 'totalBytes'>

/** A query that reads; how far it is tells how far the whole is. */
export interface Watched {
  server: Server
  queryId: string
  totals: Totals
  /** Rows that have arrived, where these may be others than were read. Undefined when it cannot be told. */
  arrived?: (reading: { writtenRows: number }) => Promise<number | undefined>
}

/** Tells how far a query is until it is stopped. A server that does not answer is no failure of the transfer. */
export function watch(watched: Watched, onProgress: (progress: Progress) => void): { stop(): Promise<void> } {
  let asked: Promise<void> | undefined
  let stopped = false
  const ask = async (): Promise<void> => {
    const now = await look(watched).catch(() => undefined)
    if (now && !stopped) onProgress(now)
  }
  const poll = () => {
    timer = setTimeout(poll, pollMs)
    asked ??= ask().finally(() => (asked = undefined))
  }
  let timer = setTimeout(poll, firstMs)
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await asked
    },
  }
}

async function look({ server, queryId, totals, arrived }: Watched): Promise<Progress | undefined> {
  const now = await progress(server, queryId)
  if (!now) return undefined
  const { readRows, readBytes, totalRowsApprox } = now
  const { totalBytes } = totals
  const totalRows = totals.totalRows ?? (totalRowsApprox > 0 ? totalRowsApprox : null)
  const rows = arrived ? ((await arrived(now)) ?? 0) : readRows
  // Of a compressed file the server only estimates how much it has read, and that may be more than there is (seen).
  const bytes = Math.min(readBytes, totalBytes ?? Infinity)
  const fraction = share(readRows, totalRows) ?? share(bytes, totalBytes)
  return { rows, bytes, totalRows, totalBytes, fraction }
}

const share = (done: number, total: number | null): number | null =>
  total === null || total === 0 ? null : Math.min(done / total, 1)
