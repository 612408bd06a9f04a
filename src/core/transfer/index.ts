export {
  allFit,
  checkedReader,
  checkedSelect,
  shownCells,
  textReader,
  type CheckedField,
  type FileReader,
} from './checked.ts'
export { requireSupported, targetDialect } from './dialects.ts'
export type { FileFacts, FileTargetFacts, Place, Relation, TableTarget } from './facts.ts'
export { toCommand } from './command.ts'
export { firstRepeated, requireColumn, typesFromTable } from './mapping.ts'
export type { Plan, PlannedStatement } from './plan.ts'
export { isWholeTable, planConvert, planExport, type ConvertPlan } from './plan-export.ts'
export { keepsEveryRow, planImport, type ImportPlan } from './plan-import.ts'
export { joinTables, nullsOfMissingRows } from './relation.ts'
export { comparedValues, misfit, rowClauses } from './rows.ts'
export { RunState } from './state.ts'
export { toYaml } from './yaml.ts'
