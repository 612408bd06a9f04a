/** What every column of a file holds, and the narrowest type that takes all of it. */
import type { ValueLayout } from '../../shared/index.ts'
import { rivalOf, swapDayAndMonth, typesOf } from './families.ts'
import {
  familyOfLayout,
  mayMisfit,
  type ColumnSample,
  type Count,
  type Findings,
  type Fit,
  type Judged,
  type Seen,
} from './findings.ts'
import type { ProfiledColumn } from './profile.ts'
import { readerNullToken } from './field.ts'
import { epochIn } from './epoch.ts'
import { isNumberLayout, signsOf } from './layout-number.ts'
import { notesOf } from './notes.ts'

export interface ColumnProfile {
  name: string
  /** The narrowest type that holds every value, Nullable and LowCardinality included. */
  type: string
  nullable: boolean
  /** Where the values are not laid out as ClickHouse writes them. */
  layout: ValueLayout | null
  records: Count
  /** Fields that hold a null token; an empty field counts in `empties` only. */
  nulls: Count
  empties: Count
  /** Different texts that are neither NULL nor empty; approximate beyond some ten thousand. */
  distinct: Count
  /** Characters of the longest text. */
  longest: Count
  /** As values of the type, NaN and infinities aside; texts are cut. Null when there is no value. */
  min: string | null
  max: string | null
  /** Texts that may mean NULL, and how often each stands here. */
  nullTokens: { token: string; count: Count }[]
  /** Of these, the ones that are NULL here and are no null tokens of the file: the type holds only with them. */
  ownTokens: string[]
  /** Sentences without a full stop: why this type and no narrower one. */
  notes: string[]
}

/** What the whole file says about all of its columns: a date that could be read in two ways is read like the others. */
export function judge(all: readonly Findings[], samples: readonly ColumnSample[]): Judged[] {
  const judged = all.map((findings, n): Judged => {
    const { reading, type } = samples[n] ?? {}
    if (reading?.layout !== undefined) return { findings, fit: chosenFit(findings, reading.layout) }
    return judgeAlone(findings, mayMisfit({ reading, type }) ? mostFits(findings) : findings.fits)
  })
  const habits = judged.flatMap(({ fit, findings }) => {
    const habit = fit && habitOf(fit)
    return habit ? [{ habit, column: findings.column.name }] : []
  })
  return judged.map((one) => {
    const likely = one.ambiguous?.flatMap((fit) => {
      const witness = habits.find(({ habit }) => habit === habitOf(fit))
      return witness ? [{ fit, decidedBy: witness.column }] : []
    })
    // Columns that disagree decide nothing.
    return likely?.length === 1 ? { ...one, ...likely[0] } : one
  })
}

/** Where some values may not fit: the families that hold the most, nine out of ten at least. */
function mostFits({ fits, held, values }: Findings): Fit[] {
  const most = [...held.values()].reduce((most_, { count: own }) => (own > most_ ? own : most_), 0n)
  if (fits.length > 0 || most * 10n < values * 9n) return fits
  return [...held.values()].flatMap(({ count: own, fit }) => (fit && own === most ? [fit] : []))
}

function judgeAlone(findings: Findings, fits: readonly Fit[]): Judged {
  const [first] = fits
  const rival = first && rivalOf(first.family)
  const other = fits.find(({ family }) => family === rival)
  // A decimal point is plain, whatever else it could be.
  if (!first || !other || first.layout === null) return { findings, fit: first }
  return { findings, fit: undefined, ambiguous: [first, other] }
}

/** A type for the layout that a person chose, whatever does not fit it. */
function chosenFit(findings: Findings, layout: ValueLayout): Fit {
  const family = familyOfLayout(layout)
  const found = findings.held.get(family)?.fit
  const epoch = layout === 'epoch' ? 'DateTime' : layout === 'epoch-ms' ? 'DateTime64(3)' : undefined
  const type = epoch ?? found?.type ?? typesOf(family).at(-1) ?? 'String'
  return {
    family,
    type,
    layout,
    min: found?.min ?? null,
    max: found?.max ?? null,
    distinct: found?.distinct ?? 0n,
  }
}

/** What the layout says of whoever wrote the file: whether days come first, and which sign stands before decimals. */
function habitOf({ family, layout }: Fit): 'day' | 'month' | 'point' | 'comma' | undefined {
  if (layout === null) return family === 'float' ? 'point' : undefined
  if (isNumberLayout(layout)) return signsOf[layout].decimal === ',' ? 'comma' : 'point'
  if (swapDayAndMonth(layout) === layout) return undefined
  return layout.startsWith('D') ? 'day' : 'month'
}

/** @param nullTokens those of the file */
export function profileOf(judged: Judged, nullTokens: readonly string[]): ColumnProfile {
  const { findings } = judged
  const { column, records, empties, values } = findings
  const fit = withEpoch(judged.fit, column)
  const isText = fit === undefined || typesOf(fit.family)[0] === 'String'
  const adopted = isText ? [] : findings.tokens
  const nulls = findings.nulls + sum(adopted)
  const text = findings.text
  const distinct = isText ? (text?.distinct ?? 0n) + BigInt(findings.tokens.length) : fit.distinct
  const bounded =
    distinct < values + sum(findings.tokens) ? distinct : values + sum(isText ? findings.tokens : [])
  const type = isText ? textType(bounded, records) : fit.type
  const nullable = nulls > 0n || (empties > 0n && (!isText || column.emptyIsNull))
  return {
    name: column.name,
    type: nullable ? nullableType(type) : type,
    nullable,
    layout: isText ? null : fit.layout,
    records: count(records),
    nulls: count(nulls),
    empties: count(empties),
    distinct: count(bounded),
    longest: count(findings.longest),
    min: values === 0n ? null : isText ? (text?.min ?? null) : fit.min,
    max: values === 0n ? null : isText ? (text?.max ?? null) : fit.max,
    nullTokens: seenTokens(findings, nullTokens).map(({ token, count: times }) => ({
      token,
      count: count(times),
    })),
    ownTokens: adopted.map(({ token }) => token).filter((token) => !column.nullTokens.includes(token)),
    notes: notesOf({ ...judged, fit }, adopted),
  }
}

function withEpoch(fit: Fit | undefined, { name, isTime }: ProfiledColumn): Fit | undefined {
  if (fit?.family !== 'integer' || fit.layout !== null) return fit
  const epoch = epochIn(fit, name)
  return epoch && (epoch.isNamed || isTime) ? { ...fit, ...epoch.fit } : fit
}

function seenTokens(
  { nulls, tokens, misfits, column, text }: Findings,
  nullTokens: readonly string[],
): Seen[] {
  const own = misfits.filter(({ token }) => column.nullTokens.includes(token))
  const byReader = nulls - sum(own)
  const known = column.asText ? [] : own
  const rest = column.asText ? nulls : byReader
  return [
    ...(rest > 0n ? [{ token: readerNullToken(nullTokens), count: rest }] : []),
    ...known,
    ...(column.asText && column.candidates.length === 0 ? (text?.likes ?? []) : tokens),
  ]
}

const sum = (seen: readonly Seen[]) => seen.reduce((all, one) => all + one.count, 0n)

const textType = (distinct: bigint, records: bigint): string =>
  isRepetitive(distinct, records) ? 'LowCardinality(String)' : 'String'

/** Few enough that a dictionary pays, in a file large enough for it to matter. */
const isRepetitive = (distinct: bigint, records: bigint) =>
  records >= 1000n && distinct > 0n && distinct <= 10_000n && distinct * 10n < records

const nullableType = (type: string) =>
  type === 'LowCardinality(String)' ? 'LowCardinality(Nullable(String))' : `Nullable(${type})`

const count = (value: bigint): Count =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value)
