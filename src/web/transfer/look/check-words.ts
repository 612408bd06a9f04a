import type { FileCheck } from '../../../shared/index.ts'
import { formatCount, formatNoun } from '../../format.ts'

/** "12 of 3,000,000 records would be rejected." */
export function checkSentence({ records, rejected }: FileCheck): string {
  if (records === 0) return 'The file holds no record.'
  if (rejected === 0)
    return records === 1 ? 'The one record fits.' : `All ${formatCount(records)} records fit.`
  return `${formatCount(rejected)} of ${formatNoun(records, 'record')} would be rejected.`
}

/** What is to be known besides, in sentences. */
export function checkNotes(check: FileCheck): string[] {
  const { malformed, rejected, columns } = check
  const misfits = columns.reduce((sum, column) => sum + column.misfits, 0)
  return [
    ...(malformed > 0
      ? [`${formatNoun(malformed, 'record')} ${malformed === 1 ? 'does' : 'do'} not parse.`]
      : []),
    ...(rejected === 0 && misfits > 0
      ? [
          `${formatNoun(misfits, 'value')} that ${misfits === 1 ? 'does' : 'do'} not fit will be replaced, as chosen.`,
        ]
      : []),
    ...mostlyUnfit(check),
    'Nothing has moved.',
  ]
}

/** So many misfits are rather a layout that was not found than errors in the values. */
function mostlyUnfit({ records, columns }: FileCheck): string[] {
  const names = columns.filter(({ misfits }) => misfits > records / 2).map(({ source }) => `“${source}”`)
  if (names.length === 0) return []
  return [`Most values of ${names.join(', ')} do not fit: choose how they are laid out under “Read as”.`]
}
