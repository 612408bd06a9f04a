export type { UserSpec } from './config.ts'
export { launchServer, type LaunchOptions, type RunningServer } from './launch.ts'
export { openEmbedded, type EmbeddedOptions, type EmbeddedServer, type Endpoint } from './server.ts'
