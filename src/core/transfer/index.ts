export {
  allFit,
  checkedReader,
  checkedSelect,
  textReader,
  type CheckedField,
  type FileReader,
} from './checked.ts'
export { requireSupported, targetDialect } from './dialects.ts'
export type { FileFacts, FileTargetFacts, Place, Relation, TableTarget } from './facts.ts'
export { firstRepeated } from './mapping.ts'
export type { Plan, PlannedStatement } from './plan.ts'
export { planConvert, planExport, type ConvertPlan } from './plan-export.ts'
export { planImport, type ImportPlan } from './plan-import.ts'
export { RunState } from './state.ts'
