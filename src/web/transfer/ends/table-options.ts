import type { TableList } from '../../../shared/index.ts'
import type { ListOption } from '../../components/index.ts'
import { formatBytes, formatNoun } from '../../format.ts'

type Sizes = Pick<TableList['tables'][number], 'rows' | 'bytes'>

/** "3,000,000 rows · 12.4 MB"; what the engine does not tell is left out. */
export const sizesText = ({ rows, bytes }: Sizes): string =>
  [
    ...(rows === null ? [] : [formatNoun(rows, 'row')]),
    ...(bytes === null || bytes === 0 ? [] : [formatBytes(bytes)]),
  ].join(' · ')

export const tableOptions = (tables: TableList['tables']): ListOption[] =>
  tables.map((table) => ({
    value: table.table,
    label: table.table,
    detail: sizesText(table) || table.engine,
  }))
