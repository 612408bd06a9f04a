export { asOneBlock, countsRows, isMovable, keepsEveryRow, knowsTokens, wholeOrError } from './commit.ts'
export type { CommitMark } from './commit-mark.ts'
export { checkQuery, exampleQuery, type CheckRow, type ExampleRow, type Faults } from './check.ts'
export {
  allFit,
  checkedReader,
  checkedSelect,
  shownCells,
  textReader,
  parsedRecords,
  wholeRecords,
  type CheckedField,
  type FileReader,
} from './checked.ts'
export { canonicalDialect, headLines, readingWay } from './dialects.ts'
export type { FileFacts, FileTargetFacts, Place, Relation, TableTarget } from './facts.ts'
export { addSums, selectSums, sumsTable, takeSums } from './checksum.ts'
export { readAgainOptions, toCommand } from './command.ts'
export { firstRepeated, requireColumn, typesFromTable } from './mapping.ts'
export { creationSettings } from './new-table.ts'
export type { Plan, PlannedStatement } from './plan.ts'
export {
  convertedTypes,
  exportedTypes,
  isWholeTable,
  planConvert,
  planExport,
  type ConvertPlan,
  type FilePlan,
} from './plan-export.ts'
export { planImport, type ImportPlan } from './plan-import.ts'
export {
  countOfLines,
  inOneStream,
  locateRecords,
  pageOfLines,
  pageOfRejects,
  placeFewLines,
  planPlaces,
  takeErrorLog,
  takeFewLines,
  takeLines,
  type LineRow,
  type LinesOf,
  type LocatedRow,
  type Places,
} from './located.ts'
export {
  boundsOfRecords,
  divide,
  faultsKeptIn,
  pageOfPlaced,
  passageTable,
  type Division,
  type PlacedRow,
} from './rejects.ts'
export { firstReject, toleratedOf, whyMisfit } from './reject-words.ts'
export { joinTables, nullsOfMissingRows } from './relation.ts'
export { comparedValues, misfit, rowClauses } from './rows.ts'
export { mayHave, restOfMove } from './roll-forward.ts'
export { RunState } from './state.ts'
export { readingOfWritten } from './written.ts'
export { isWrittenNatively, targetDialect } from './target-dialect.ts'
export { toYaml } from './yaml.ts'
