export { inspectFile, previewFile, previewTable } from './look.ts'
export { prepare, runTransfer } from './run.ts'
export type { Surroundings } from './surroundings.ts'
