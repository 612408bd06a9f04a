import type { DialectChoice } from '../../shared/index.ts'
import type { Survey } from './score.ts'
import { count, describeDelimiter, describeTerminator, percent, showDelimiter, thousands } from './words.ts'

/** '`,` gives 7 fields on every one of 3,377 lines' */
export function countsReason(seen: Survey, delimiter: string, complete: boolean): string {
  const where = complete ? '' : ' of the part that was read'
  if (seen.width === 1 && seen.layout.delimiter === delimiter && seen.usual === seen.records)
    return `${showDelimiter(delimiter)} gives 1 field on ${allLines(seen)}${where}: a single column`
  return `${showDelimiter(delimiter)} gives ${fieldsOnLines(seen)}${where}`
}

function fieldsOnLines(seen: Survey): string {
  const fields = count(seen.width, 'field')
  if (seen.usual === seen.records) return `${fields} on ${allLines(seen)}`
  const share = percent(seen.usual / seen.records)
  return `${fields} on ${thousands(seen.usual)} of ${count(seen.records, 'line')} (${share})`
}

function allLines(seen: Survey): string {
  return seen.records === 1 ? 'the only line' : `every one of ${thousands(seen.records)} lines`
}

export function typedReason(seen: Survey): string[] {
  return seen.typed < 0.05
    ? []
    : [`${percent(seen.typed)} of the sampled values are numbers, dates or other typed values`]
}

/** When the delimiter that a person chose fits clearly worse than another one. */
export function rivalWarning(seen: Survey, ranked: Survey[]): string[] {
  const rival = ranked.find((each) => each.layout.delimiter !== '')
  if (rival === undefined || rival.layout.delimiter === seen.layout.delimiter || rival.width < 2) return []
  if (seen.width > 1 && seen.score > rival.score * 0.6) return []
  const [own, other] = [seen, rival].map(
    (each) => `${showDelimiter(each.layout.delimiter)} gives ${onLines(each)}`,
  )
  return [`${own ?? ''}; ${other ?? ''}`]
}

function onLines(seen: Survey): string {
  const fields = count(seen.width, 'field')
  return seen.usual === seen.records
    ? `${fields} on every line`
    : `${fields} on ${percent(seen.usual / seen.records)} of the lines`
}

/** One sentence for each part that a person set. */
export function handReasons(choice: DialectChoice): string[] {
  const said: string[] = []
  const say = (part: string, value: string) => said.push(`${part} chosen by hand: ${value}`)
  if (choice.delimiter !== undefined) say('Delimiter', describeDelimiter(choice.delimiter))
  if (choice.quote !== undefined) say('Quote', choice.quote === null ? 'none' : `\`${choice.quote}\``)
  if (choice.escape !== undefined) say('Escape', choice.escape ?? 'none')
  if (choice.lineTerminator !== undefined) say('Line terminator', describeTerminator(choice.lineTerminator))
  if (choice.header !== undefined) say('Header', choice.header ? 'yes' : 'no')
  if (choice.skipLines !== undefined) say('Skipped lines', thousands(choice.skipLines))
  if (choice.nullTokens !== undefined)
    say('NULL tokens', choice.nullTokens.map((token) => `"${token}"`).join(', ') || 'none')
  return said
}

/** How far the winner is ahead, how even its records are, and how many there are to tell. */
export function confidenceIn(seen: Survey, ranked: Survey[]): number {
  if (seen.records === 0) return 0
  const rival = ranked.find(
    (each) => each.layout.delimiter !== seen.layout.delimiter && each.layout.delimiter !== '',
  )
  const nearness = seen.score > 0 && rival !== undefined ? Math.min(1, rival.score / seen.score) : 0
  const even = (seen.usual / seen.records) * (1 - seen.flawed / seen.records)
  const enough = seen.cut ? 0.3 : seen.records / (seen.records + 0.5)
  return Math.round(Math.max(0, even * (1 - nearness / 2) * enough) * 100) / 100
}
