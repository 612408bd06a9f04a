export type { LocalAccess, Opened, Places, ServeOptions, Site } from './context.ts'
export { runCli } from './program.ts'
export { describeReport } from './report.ts'
