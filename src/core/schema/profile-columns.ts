import { judge, profileOf, type ColumnProfile } from './column-profile.ts'
import type { FieldOptions } from './field.ts'
import { findingsOf, firstLook, secondLook, type ColumnSample } from './findings.ts'
import type { Answers, ProfiledColumn } from './profile.ts'

/** Asks the server about the columns, of each what its description says; the answers are in their order. */
export type Ask = (columns: readonly ProfiledColumn[]) => Promise<Answers[]>

/**
 * What every column holds: asked first for what is likeliest, then for whatever else it could be of the columns where that
 * was wrong.
 */
export async function profileColumns(
  samples: readonly ColumnSample[],
  options: FieldOptions,
  ask: Ask,
): Promise<ColumnProfile[]> {
  const first = samples.map((sample) => firstLook(sample, options))
  const answers = first.length > 0 ? await ask(first) : []
  const found = first.map((column, n) => findingsOf(column, answers[n] ?? []))
  const open = samples.flatMap((sample, n) => {
    const before = found[n]
    const next = before && secondLook(before, sample, options)
    return next ? [{ n, before, next }] : []
  })
  const more = open.length > 0 ? await ask(open.map(({ next }) => next)) : []
  for (const [index, { n, before, next }] of open.entries()) {
    found[n] = { ...findingsOf(next, more[index] ?? []), before }
  }
  return judge(found, samples).map((one) => profileOf(one, options.nullTokens))
}
