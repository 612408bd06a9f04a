import type { DateLayout, Dialect } from '../../../shared/index.ts'
import type { FileDraft } from '../draft.ts'
import { delimiterText, encodingText } from './dialect-words.ts'

type Layout = Pick<FileDraft, 'dialect' | 'encoding'>

/** Layouts by the programs that want them. Decimal signs are for values: a conversion keeps every text. */
export type Preset = 'usual' | 'excel' | 'excel-comma' | 'own'

const excel: Layout = { dialect: { lineTerminator: '\r\n', nullTokens: [''] }, encoding: 'utf-8-bom' }

export function presetLayout(preset: Exclude<Preset, 'own'>, hasValues: boolean): Layout {
  if (preset === 'usual') return { dialect: {}, encoding: null }
  if (preset === 'excel') return excel
  const dialect = { ...excel.dialect, delimiter: ';', ...(hasValues && { decimal: ',' as const }) }
  return { ...excel, dialect }
}

export function presetOf({ dialect, encoding }: Layout, hasValues: boolean): Preset {
  const text = sorted({ dialect, encoding })
  const found = (['usual', 'excel', 'excel-comma'] as const).find(
    (preset) => sorted(presetLayout(preset, hasValues)) === text,
  )
  return found ?? 'own'
}

const sorted = ({ dialect, encoding }: Layout): string =>
  JSON.stringify([encoding ?? 'utf-8', Object.entries(dialect).toSorted(([a], [b]) => (a < b ? -1 : 1))])

/** Without quotes nothing can be said of them. */
export function withoutLostQuotes(
  dialect: FileDraft['dialect'],
  usualDelimiter: string,
): FileDraft['dialect'] {
  const { quoting, escape, ...others } = dialect
  const isTabs = (dialect.delimiter ?? usualDelimiter) === '\t'
  const hasQuotes = dialect.quote === undefined ? !isTabs : dialect.quote !== null
  if (hasQuotes || (quoting === undefined && escape !== 'double')) return dialect
  return { ...others, ...(escape === 'backslash' && { escape }) }
}

export const quotingWords: Record<NonNullable<Dialect['quoting']>, string> = {
  always: 'always',
  needed: 'only where needed',
  never: 'never',
}

/** The third of April 2024. */
export const dateExamples: Record<DateLayout, string> = {
  'YYYY-MM-DD': '2024-04-03',
  'YYYY/MM/DD': '2024/04/03',
  'YYYY.MM.DD': '2024.04.03',
  YYYYMMDD: '20240403',
  'DD/MM/YYYY': '03/04/2024 (day first)',
  'MM/DD/YYYY': '04/03/2024 (month first)',
  'DD-MM-YYYY': '03-04-2024 (day first)',
  'MM-DD-YYYY': '04-03-2024 (month first)',
  'DD.MM.YYYY': '03.04.2024',
  'D/M/YYYY': '3/4/2024 (day first)',
  'M/D/YYYY': '4/3/2024 (month first)',
  'D-M-YYYY': '3-4-2024 (day first)',
  'M-D-YYYY': '4-3-2024 (month first)',
  'D.M.YYYY': '3.4.2024',
  'DD/MM/YY': '03/04/24 (day first)',
  'MM/DD/YY': '04/03/24 (month first)',
  'DD.MM.YY': '03.04.24',
  'DD Mon YYYY': '03 Apr 2024',
  'DD-Mon-YYYY': '03-Apr-2024',
  'DD-Mon-YY': '03-Apr-24',
  'Mon DD, YYYY': 'Apr 03, 2024',
}

/** "UTF-8 with BOM · delimiter comma , · header · CRLF" */
export function writtenText({ dialect, encoding }: Layout, usualDelimiter: string): string {
  const { delimiter, header, lineTerminator, quoting, quote, decimal, dateLayout } = dialect
  return [
    ...(encoding === null ? [] : [encodingText(encoding)]),
    `delimiter ${delimiterText(delimiter ?? usualDelimiter)}`,
    header === false ? 'no header' : 'header',
    ...(quote == null ? [] : [`quote ${quote}`]),
    ...(quoting === undefined ? [] : [`quotes ${quotingWords[quoting]}`]),
    ...(lineTerminator === undefined || lineTerminator === '\n'
      ? []
      : [lineTerminator === '\r' ? 'CR' : 'CRLF']),
    ...(decimal === ',' ? ['decimal comma'] : []),
    ...(dateLayout === undefined ? [] : [`dates ${dateLayout}`]),
  ].join(' · ')
}
