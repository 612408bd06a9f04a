export { whyNotCarried, isText } from './carry.ts'
export { checkSettings } from './check.ts'
export { checkRawField, nestsText, unescapedTable } from './escaped.ts'
export {
  checkField,
  declaredType,
  readerNullToken,
  whyNotRead,
  type FieldCheck,
  type FieldOptions,
  type FieldReading,
} from './field.ts'
export { parseType, unwrap, type TypeNode } from './type.ts'
export type { ColumnProfile } from './column-profile.ts'
export { mayHaveLayout, type ColumnSample } from './findings.ts'
export { profileColumns, type Ask } from './profile-columns.ts'
export { suggest } from './suggest.ts'
export {
  cellsQuery,
  profileQuery,
  profileSettings,
  type Answers,
  type CellsRow,
  type ProfiledColumn,
  type ProfileRow,
} from './profile.ts'
export { hasShortYear, hidesLaidOut, writtenColumn } from './write.ts'
