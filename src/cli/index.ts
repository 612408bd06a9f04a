export type { Places, ServeOptions, Site } from './context.ts'
export { runCli } from './program.ts'
export { describeReport } from './report.ts'
