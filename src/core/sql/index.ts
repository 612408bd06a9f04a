export { identifier, literal, tableName, type TableName } from './quote.ts'
export {
  fileSink,
  fileTable,
  inputTable,
  nestedAsOne,
  readSettings,
  writeSettings,
  type FileColumn,
  type FileRead,
  type FileWrite,
  type Settings,
} from './file.ts'
export { isWhole, requireAllowed, type Token } from './guard.ts'
