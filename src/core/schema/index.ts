export { whyNotCarried, isText } from './carry.ts'
export { checkSettings } from './check.ts'
export type { Check } from './sql-check.ts'
export { checkRawField, nestsText, unescapedTable } from './escaped.ts'
export { checkField, declaredType, readerNullToken, type FieldOptions } from './field.ts'
export { parseType, unwrap, type TypeNode } from './type.ts'
export { candidatesFor } from './infer.ts'
export {
  profileQuery,
  profileSettings,
  readProfile,
  readSample,
  sampleQuery,
  type ColumnProfile,
  type ProfiledColumn,
  type ProfileRow,
  type SampleRow,
} from './profile.ts'
export { writtenColumn } from './write.ts'
