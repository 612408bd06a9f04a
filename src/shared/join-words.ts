import type { JoinKind } from './transfer.ts'

/** As ClickHouse writes each kind; in a file of its own, so that the page does not load schemas with it. */
export const joinWords: Record<JoinKind, string> = {
  inner: 'INNER JOIN',
  left: 'LEFT JOIN',
  right: 'RIGHT JOIN',
  full: 'FULL JOIN',
  semi: 'LEFT SEMI JOIN',
  anti: 'LEFT ANTI JOIN',
  asof: 'ASOF LEFT JOIN',
  cross: 'CROSS JOIN',
}
