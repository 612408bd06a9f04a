export type { Places } from './context.ts'
export { runCli } from './program.ts'
export { describeReport } from './report.ts'
