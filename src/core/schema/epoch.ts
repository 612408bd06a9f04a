import type { ValueLayout } from '../../shared/index.ts'
import { inWords } from './infer.ts'

/** 1990 to 2099: integers by the billion are more often something else. */
const least = Date.UTC(1990, 0)
const most = Date.UTC(2100, 0) - 1

const namesTime =
  /(?:^|[^a-z])(?:ts|time|timestamp|epoch|unix|unixtime|date|datetime|at|created|updated|modified)(?:$|[^a-z])/

interface Epoch {
  fit: { layout: ValueLayout; type: string; min: string; max: string }
  /** Whether the column is called so, too; otherwise it may well hold numbers. */
  isNamed: boolean
}

/** Integers between `min` and `max` as seconds or milliseconds since 1970, if they could be. */
export function epochIn(
  { min, max }: { min: string | null; max: string | null },
  name: string,
): Epoch | undefined {
  for (const [layout, type, unit] of [
    ['epoch', 'DateTime', 1000],
    ['epoch-ms', 'DateTime64(3)', 1],
  ] as const) {
    const [from, to] = [Number(min) * unit, Number(max) * unit]
    if (min === null || from < least || to > most) continue
    const shown = (time: number) =>
      new Date(time)
        .toISOString()
        .replace('T', ' ')
        .slice(0, unit === 1 ? 23 : 19)
    return { fit: { layout, type, min: shown(from), max: shown(to) }, isNamed: namesTime.test(inWords(name)) }
  }
  return undefined
}
