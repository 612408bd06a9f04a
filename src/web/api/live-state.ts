import type { InfiniteData } from '@tanstack/react-query'
import type { LogLine, Run, RunDetail, RunList, RunStatus } from '../../shared/index.ts'

const order: Record<RunStatus, number> = {
  queued: 0,
  connecting: 1,
  fetching: 2,
  ingesting: 3,
  committing: 4,
  completed: 5,
  failed: 5,
  cancelled: 5,
  interrupted: 5,
}

/** An answer that was asked for earlier can arrive after an event: a run never goes back. */
export function isNewer(next: Run, before: Run): boolean {
  if (order[next.status] !== order[before.status]) return order[next.status] > order[before.status]
  if (next.report !== null || before.report !== null) return before.report === null
  return next.progress.rows >= before.progress.rows && next.progress.elapsedMs >= before.progress.elapsedMs
}

export const withRun = (detail: RunDetail, run: Run): RunDetail =>
  isNewer(run, detail) ? { ...detail, ...run } : detail

/** What was asked for against what events have told meanwhile: the newer of each part. */
export function newerDetail(before: RunDetail, next: RunDetail): RunDetail {
  const lastLine = (detail: RunDetail) => detail.log.at(-1)?.number ?? -1
  const { log } = lastLine(next) >= lastLine(before) ? next : before
  return { ...(isNewer(next, before) ? next : before), log }
}

const keptLines = 200

/** Lines in the order of their numbers, each once. */
export function withLines(detail: RunDetail, lines: readonly LogLine[]): RunDetail {
  const last = detail.log.at(-1)?.number ?? -1
  const fresh = lines.filter((line) => line.number > last)
  return fresh.length === 0 ? detail : { ...detail, log: [...detail.log, ...fresh].slice(-keptLines) }
}

type Pages = InfiniteData<RunList, string | undefined>

/** The pages with the run as it is now, or null when it is on none of them. */
export function withRunInPages(pages: Pages, run: Run): Pages | null {
  if (!pages.pages.some((page) => page.runs.some(({ id }) => id === run.id))) return null
  const replace = (each: Run) => (each.id === run.id && isNewer(run, each) ? run : each)
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, runs: page.runs.map(replace) })) }
}

const firstWaitMs = 500
const longestWaitMs = 10_000

/** Before the try after `failures` failed ones; `chance` (0…1) keeps many pages from coming back at once. */
export const waitMs = (failures: number, chance: number): number =>
  Math.min(longestWaitMs, firstWaitMs * 2 ** failures) * (0.5 + chance / 2)

/** After so many sockets that never opened they are taken to be blocked, and the list of runs is asked instead. */
export const blockedAfter = 2
