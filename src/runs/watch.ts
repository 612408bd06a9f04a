import { progress, type Server } from '../clickhouse/index.ts'
import type { Progress } from '../shared/index.ts'

const pollMs = 500

export type Totals = Pick<Progress, 'totalRows' | 'totalBytes'>

/** Tells how far a query is until it is stopped. A server that does not answer is no failure of the transfer. */
export function watch(
  server: Server,
  queryId: string,
  totals: Totals,
  onProgress: (progress: Progress) => void,
): { stop(): Promise<void> } {
  let asked: Promise<void> | undefined
  let stopped = false
  const ask = async (): Promise<void> => {
    const now = await progress(server, queryId).catch(() => undefined)
    if (!now || stopped) return
    const totalRows = totals.totalRows ?? (now.totalRowsApprox > 0 ? now.totalRowsApprox : null)
    onProgress({ rows: now.readRows, bytes: now.readBytes, totalRows, totalBytes: totals.totalBytes })
  }
  const timer = setInterval(() => {
    asked ??= ask().finally(() => (asked = undefined))
  }, pollMs)
  return {
    async stop() {
      stopped = true
      clearInterval(timer)
      await asked
    },
  }
}
