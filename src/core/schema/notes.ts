/** Why a column got its type, in sentences without a full stop. */
import { epochIn } from './epoch.ts'
import { familyOf, rivalOf, type Candidate } from './families.ts'
import type { Findings, Fit, Judged, Seen } from './findings.ts'
import { isNullLike } from './null-tokens.ts'

export function notesOf({ findings, fit, ambiguous, decidedBy }: Judged, adopted: readonly Seen[]): string[] {
  return [
    ...(fit === undefined ? textNotes(findings, ambiguous) : fitNotes(findings, fit, decidedBy)),
    ...adopted.map(({ token, count }) => `${quoted(token)} is read as NULL here (${values(count)})`),
  ]
}

function textNotes(findings: Findings, ambiguous: Judged['ambiguous']): string[] {
  if (ambiguous) {
    const [one, other] = ambiguous.map(({ layout }) => String(layout))
    const fitting = findings.held.get(ambiguous[0].family)?.count ?? findings.values
    const all = fitting < findings.values ? `${String(fitting)} of ${values(findings.values)}` : 'All values'
    return [`${all} fit ${one} and ${other} alike, so they stay text until one of them is chosen`]
  }
  if (findings.zeros > 0n)
    return [`${values(findings.zeros)} with leading zeros: they stay text, because a number has none`]
  return [...nearly(findings), ...yesOrNo(findings)]
}

/** A column that would have had another type but for a few values. */
function nearly({ before, ...last }: Findings): string[] {
  const findings = before ?? last
  const [likeliest] = findings.column.candidates
  const fitting = (likeliest && findings.held.get(likeliest)?.count) ?? 0n
  if (likeliest === undefined || fitting * 2n < findings.values) return []
  return exceptions(findings, likeliest).map((note) => `${note}: the column stays text`)
}

/** What the values are, and one that is not. */
function exceptions({ held, misfits, values: all }: Findings, family: Candidate): string[] {
  const fitting = held.get(family)?.count ?? all
  const example = misfits.find(({ token }) => !isNullLike(token)) ?? misfits[0]
  if (example === undefined || fitting >= all) return []
  return [`${String(fitting)} of ${values(all)} are ${wordsFor(family)}, but not ${quoted(example.token)}`]
}

function yesOrNo({ text }: Findings): string[] {
  if (text?.distinct !== 2n || text.min === null || text.max === null) return []
  const pair = `${text.min} ${text.max}`.toLowerCase()
  if (!['no yes', 'n y', 'f t', 'off on'].includes(pair)) return []
  return [
    `Every value is ${quoted(text.max)} or ${quoted(text.min)}: as a Bool they would become true and false`,
  ]
}

function fitNotes(findings: Findings, fit: Fit, decidedBy: string | undefined): string[] {
  const { family, layout } = fit
  if (family === 'json') return ['Every value is a JSON object; it stays text']
  const others = exceptions(findings, family)
  const notes = [...others]
  if (layout !== null && others.length === 0) notes.push(whyLayout(findings, fit, decidedBy))
  if (layout === null && family === 'integer') notes.push(...hiddenDates(findings, fit))
  if (family === 'float' && findings.fits.some((one) => one.family === rivalOf('float'))) {
    notes.push('The point is read as a decimal point; if it groups thousands, the layout is 1.234,5')
  }
  return notes
}

function whyLayout(
  { held, values: all, column }: Findings,
  { family, layout }: Fit,
  decidedBy?: string,
): string {
  if (layout === 'epoch') return 'The integers are read as seconds since 1970, as the name of the column says'
  if (layout === 'epoch-ms')
    return 'The integers are read as milliseconds since 1970, as the name of the column says'
  if (decidedBy !== undefined)
    return `Read as ${String(layout)}, which the values do not say but those of ${quoted(decidedBy)} do`
  const rival = rivalOf(family)
  const refused = rival === undefined || !held.has(rival) ? 0n : all - (held.get(rival)?.count ?? 0n)
  const against =
    refused > 0n ? `; ${values(refused)} would not fit ${String(familyOf(rival ?? family).layout)}` : ''
  const named = layout === 'YYYYMMDD' ? ` as the name ${quoted(column.name)} says` : ''
  return `All values are laid out as ${String(layout)}${named}${against}`
}

function hiddenDates({ column }: Findings, { min, max }: Fit): string[] {
  const epoch = epochIn({ min, max }, column.name)
  if (!epoch) return []
  const unit = epoch.fit.layout === 'epoch' ? 'seconds' : 'milliseconds'
  return [
    `The numbers could be ${unit} since 1970 (${epoch.fit.min} to ${epoch.fit.max}); if they are, the layout is ${epoch.fit.layout}`,
  ]
}

const words: Partial<Record<Candidate, string>> = {
  bool: 'true or false',
  integer: 'integers',
  wideInteger: 'integers',
  hugeInteger: 'integers',
  float: 'numbers',
  date: 'dates',
  second: 'times',
  dateTime: 'times',
  isoDateTime: 'times',
  uuid: 'UUIDs',
  ipv4: 'IPv4 addresses',
  ipv6: 'IPv6 addresses',
  json: 'JSON objects',
}

const wordsFor = (family: Candidate): string => words[family] ?? `laid out as ${family}`

const quoted = (text: string) => JSON.stringify(text)
const values = (n: bigint) => `${String(n)} value${n === 1n ? '' : 's'}`
