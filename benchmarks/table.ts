import type { Cost } from './child.ts'
import type { Way } from './ways.ts'

/** The costs of one way, one per round, already scaled to the whole file. */
export interface Series {
  way: Way
  costs: Cost[]
}

export interface Result {
  direction: Way['direction']
  way: Way['name']
  seconds: number[]
  ratioToLimit: number
  nodeCpuPerGB: number
  nodePeakRssMB: number
}

export function summarise(all: readonly Series[], bytes: number): Result[] {
  return all.map(({ way, costs }) => {
    const limit = all.find((other) => other.way.name === 'limit' && other.way.direction === way.direction)
    return {
      direction: way.direction,
      way: way.name,
      seconds: costs.map((cost) => round(cost.seconds)),
      ratioToLimit: round(secondsOf(costs) / secondsOf(limit?.costs ?? [])),
      nodeCpuPerGB: round(median(costs.map((cost) => cost.cpuSeconds)) / (bytes / 1e9)),
      nodePeakRssMB: Math.round(Math.max(...costs.map((cost) => cost.peakBytes)) / 1e6),
    }
  })
}

const headings = ['', 'seconds', 'MB/s', '× limit', 'Node CPU s/GB', 'Node peak RSS MB', 'start-up s']

export function toTable(all: readonly Series[], bytes: number): string {
  const rows = summarise(all, bytes).map((result, n) => {
    const costs = all[n]?.costs ?? []
    const seconds = secondsOf(costs)
    return [
      `${result.direction} ${result.way}`,
      seconds.toFixed(2),
      (bytes / 1e6 / seconds).toFixed(0),
      result.ratioToLimit.toFixed(2),
      result.nodeCpuPerGB.toFixed(2),
      String(result.nodePeakRssMB),
      median(costs.map((cost) => cost.startUpSeconds)).toFixed(2),
    ]
  })
  const widths = headings.map((_, column) =>
    Math.max(...[headings, ...rows].map((cells) => cells[column]?.length ?? 0)),
  )
  const line = (cells: string[]) =>
    cells.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join('  ')
  return [headings, ...rows].map(line).join('\n')
}

const secondsOf = (costs: readonly Cost[]) => median(costs.map((cost) => cost.seconds))

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2
}

const round = (value: number) => Math.round(value * 1000) / 1000
