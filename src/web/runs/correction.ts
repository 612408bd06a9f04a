import type { DialectChoice, Encoding, Reading, SniffedFile, Transfer } from '../../shared/index.ts'
import { fromTransfer, type Draft } from '../transfer/draft.ts'

/**
 * The transfer screen for records that were corrected: beside the others in the same table, with the same columns. Which
 * file that is, a person says there.
 *
 * @param found how the first file was read: a few records alone may look otherwise
 * @param readings how its values were read, likewise
 */
export function correction(transfer: Transfer, found: SniffedFile | undefined, readings: Reading[]): Draft {
  const draft = fromTransfer(transfer)
  const { source, target } = draft
  const file = {
    path: '',
    dialect: { ...(found && readAs(found)), ...source.file.dialect },
    encoding:
      source.file.encoding ?? (found && isOne(source.file.path) ? (found.encoding as Encoding) : null),
  }
  return {
    ...draft,
    columns: { ...draft.columns, ...(readings.length > 0 && { readings }) },
    source: { ...source, file },
    target: { ...target, table: { ...target.table, mode: 'append' } },
  }
}

/** Of several files only the first was looked at, and the records of some may be in an encoding of their own. */
const isOne = (path: string): boolean => !/[*?[{]/.test(path)

/** What stands above the records is in both files; below them, and between them, not everything is. */
const readAs = ({ dialect }: SniffedFile): DialectChoice => {
  const parts = Object.entries(dialect).filter(
    ([part]) => part !== 'footerLines' && part !== 'lineTerminator',
  )
  return Object.fromEntries(parts)
}
