import type { Dialect, DialectChoice } from '../../shared/index.ts'
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

/** When another delimiter fits nearly as well. */
export function doubtWarning(seen: Survey, ranked: Survey[]): string[] {
  const rival = rivalOf(seen, ranked)
  if (rival === undefined || rival.records < 2 || rival.score < seen.score * (seen.width === 1 ? 0.75 : 0.85))
    return []
  const own =
    seen.width === 1
      ? 'The lines are taken for a single column'
      : `${showDelimiter(seen.layout.delimiter)} is taken`
  return [
    `${own}, but ${showDelimiter(rival.layout.delimiter)} fits nearly as well: it gives ${fieldsOf(rival)}`,
  ]
}

function rivalOf(seen: Survey, ranked: Survey[]): Survey | undefined {
  const { delimiter } = seen.layout
  return ranked.find(
    ({ layout, width, score }) =>
      width > 1 &&
      (/^[,;\t|: ]$/u.test(layout.delimiter) || score > seen.score * 0.3) &&
      layout.delimiter !== '' &&
      !layout.delimiter.includes(delimiter) &&
      !delimiter.includes(layout.delimiter),
  )
}

const fieldsOf = ({ least, most }: Survey): string =>
  least === most ? count(most, 'field') : `${least} to ${count(most, 'field')}`

function onLines(seen: Survey): string {
  const fields = count(seen.width, 'field')
  return seen.usual === seen.records
    ? `${fields} on every line`
    : `${fields} on ${percent(seen.usual / seen.records)} of the lines`
}

/** What the best other delimiter would make of the file. */
export function rivalReason(seen: Survey, ranked: Survey[]): string[] {
  const rival = rivalOf(seen, ranked)
  if (rival === undefined || seen.width === 1) return []
  return [`The next best, ${showDelimiter(rival.layout.delimiter)}, gives ${fieldsOf(rival)}`]
}

/** One sentence for each part that most files do not have. */
export function partReasons(dialect: Dialect, choice: DialectChoice): string[] {
  const { quote, escape, padding, commentPrefix, headerLines, edgeDelimiter } = dialect
  const said: string[] = []
  if (quote !== null && quote !== '"' && choice.quote === undefined)
    said.push(`Fields are in \`${quote}\` quotes`)
  if (quote !== null && escape === 'backslash' && choice.escape === undefined)
    said.push('A backslash stands before quotes inside a field')
  if (quote !== null && escape === null && choice.escape === undefined)
    said.push(
      'Quotes stand inside quoted fields without an escape: a quote ends a field only before a delimiter',
    )
  if (padding === true && choice.padding === undefined) said.push('Blanks around the fields only align them')
  if (commentPrefix !== undefined && choice.commentPrefix === undefined)
    said.push(`Lines that begin with \`${commentPrefix}\` are comments`)
  if (headerLines !== undefined && choice.headerLines === undefined)
    said.push(`The header has ${headerLines} lines`)
  if (edgeDelimiter !== undefined && choice.edgeDelimiter === undefined) said.push(edgeWords[edgeDelimiter])
  return said
}

const edgeWords = {
  leading: 'Every record begins with a delimiter',
  trailing: 'Every record ends with a delimiter',
  both: 'Every record begins and ends with a delimiter',
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
  if (choice.commentPrefix !== undefined)
    say('Comments', choice.commentPrefix === '' ? 'none' : `\`${choice.commentPrefix}\``)
  if (choice.headerLines !== undefined) say('Header lines', String(choice.headerLines))
  if (choice.footerLines !== undefined) say('Footer lines', thousands(choice.footerLines))
  if (choice.padding !== undefined) say('Padding', choice.padding ? 'yes' : 'no')
  if (choice.edgeDelimiter !== undefined) say('Delimiters at the ends', choice.edgeDelimiter)
  if (choice.ragged !== undefined)
    say('Records that lack fields', choice.ragged ? 'filled with NULL' : 'malformed')
  if (choice.nullTokens !== undefined)
    say('NULL tokens', choice.nullTokens.map((token) => `"${token}"`).join(', ') || 'none')
  return said
}

/** How far the winner is ahead, how even its records are, and how many there are to tell. */
export function confidenceIn(seen: Survey, ranked: Survey[], ragged: boolean | undefined): number {
  if (seen.records === 0) return 0
  const rival = ranked.find(
    (each) => each.layout.delimiter !== seen.layout.delimiter && each.layout.delimiter !== '',
  )
  const nearness = seen.score > 0 && rival !== undefined ? Math.min(1, rival.score / seen.score) : 0
  const usual = ragged === true ? (seen.usual + seen.records) / 2 : seen.usual
  const even = (usual / seen.records) * (1 - seen.flawed / seen.records)
  const enough = seen.cut ? 0.3 : seen.records / (seen.records + 0.5)
  return Math.round(Math.max(0, even * (1 - nearness / 2) * enough) * 100) / 100
}
