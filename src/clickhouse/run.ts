import { orKill } from './cancel.ts'
import type { Link } from './link.ts'
import type { Statement } from './pipe.ts'

export interface Ran {
  readRows: number
  writtenRows: number
}

/** One INSERT … SELECT, which moves rows within one server (pushdown). */
export function run(link: Link, statement: Statement, signal: AbortSignal): Promise<Ran> {
  const { sql, settings, queryId } = statement
  return orKill([{ link, queryId }], signal, async () => {
    const { summary } = await link.ask(sql, { settings, queryId, signal })
    return summary
  })
}
