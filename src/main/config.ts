import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The package's own folder. */
export const packageRoot = fileURLToPath(new URL('../..', import.meta.url))

/** What the environment says. This is the only place that reads it. */
export interface Config {
  dataDir: string
  workspace?: string
  clickhouseBinary?: string
  password?: string
  token?: string
}

export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const { FLATHOUSE_DATA, FLATHOUSE_WORKSPACE, FLATHOUSE_CLICKHOUSE_BIN } = environment
  const { FLATHOUSE_PASSWORD, FLATHOUSE_TOKEN } = environment
  return {
    dataDir: FLATHOUSE_DATA ?? defaultDataDir(),
    ...(FLATHOUSE_WORKSPACE && { workspace: FLATHOUSE_WORKSPACE }),
    ...(FLATHOUSE_CLICKHOUSE_BIN && { clickhouseBinary: FLATHOUSE_CLICKHOUSE_BIN }),
    ...(FLATHOUSE_PASSWORD && { password: FLATHOUSE_PASSWORD }),
    ...(FLATHOUSE_TOKEN && { token: FLATHOUSE_TOKEN }),
  }
}

/** Inside a checkout, so that trying it out leaves nothing elsewhere; otherwise in the home folder. */
function defaultDataDir(): string {
  const isCheckout =
    !packageRoot.includes(`${sep}node_modules${sep}`) && existsSync(join(packageRoot, '.git'))
  return join(isCheckout ? packageRoot : homedir(), '.flathouse')
}
