import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError, bytesIn } from '../shared/index.ts'

/** The package's own folder. */
export const packageRoot = fileURLToPath(new URL('../..', import.meta.url))

export async function packageVersion(): Promise<string> {
  const text = await readFile(join(packageRoot, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

const logLevels = ['error', 'warn', 'info', 'debug', 'trace'] as const
type LogLevel = (typeof logLevels)[number]

/** What the environment says. This is the only place that reads it. */
export interface Config {
  dataDir: string
  workspace?: string
  clickhouseBinary?: string
  /** The most that the embedded server may use, in bytes; a share of the machine's when it is left out. */
  memory?: number
  /** Of `npm start`. */
  port?: number
  password?: string
  token?: string
  clientSecret?: string
  /** Keys that secrets are sealed with, instead of the key file. */
  secretKey?: string
  /** Of the client at the identity provider by which people log in. */
  oidcSecret?: string
  /** Of `serve`; `warn` when it is left out. */
  logLevel?: LogLevel
}

/** Takes the secrets out of the environment, which the processes that we start inherit, and which outlive us. */
export function takeConfig(environment: NodeJS.ProcessEnv): Config {
  const config = readConfig(environment)
  for (const name of secretNames) Reflect.deleteProperty(environment, name)
  return config
}

const secretNames = ['PASSWORD', 'TOKEN', 'CLIENT_SECRET', 'SECRET_KEY', 'OIDC_SECRET'].map(
  (name) => `FLATHOUSE_${name}`,
)

function readConfig(environment: NodeJS.ProcessEnv): Config {
  const { FLATHOUSE_DATA, FLATHOUSE_WORKSPACE, FLATHOUSE_CLICKHOUSE_BIN } = environment
  const { FLATHOUSE_PORT, FLATHOUSE_PASSWORD, FLATHOUSE_TOKEN } = environment
  const { FLATHOUSE_CLIENT_SECRET, FLATHOUSE_SECRET_KEY } = environment
  const { FLATHOUSE_OIDC_SECRET, FLATHOUSE_LOG, FLATHOUSE_MEMORY } = environment
  return {
    dataDir: FLATHOUSE_DATA ?? defaultDataDir(),
    ...(FLATHOUSE_WORKSPACE && { workspace: FLATHOUSE_WORKSPACE }),
    ...(FLATHOUSE_CLICKHOUSE_BIN && { clickhouseBinary: FLATHOUSE_CLICKHOUSE_BIN }),
    ...(FLATHOUSE_MEMORY && { memory: memorySize(FLATHOUSE_MEMORY) }),
    ...(FLATHOUSE_PORT && { port: portNumber(FLATHOUSE_PORT) }),
    ...(FLATHOUSE_PASSWORD && { password: FLATHOUSE_PASSWORD }),
    ...(FLATHOUSE_TOKEN && { token: FLATHOUSE_TOKEN }),
    ...(FLATHOUSE_CLIENT_SECRET && { clientSecret: FLATHOUSE_CLIENT_SECRET }),
    ...(FLATHOUSE_SECRET_KEY && { secretKey: FLATHOUSE_SECRET_KEY }),
    ...(FLATHOUSE_OIDC_SECRET && { oidcSecret: FLATHOUSE_OIDC_SECRET }),
    ...(FLATHOUSE_LOG && { logLevel: logLevel(FLATHOUSE_LOG) }),
  }
}

/** Inside a checkout, so that trying it out leaves nothing elsewhere; otherwise in the home folder. */
function defaultDataDir(): string {
  const isCheckout =
    !packageRoot.includes(`${sep}node_modules${sep}`) && existsSync(join(packageRoot, '.git'))
  return join(isCheckout ? packageRoot : homedir(), '.flathouse')
}

function portNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new AppError('USAGE', `FLATHOUSE_PORT is "${text}", which is not a port: give a number up to 65535.`)
}

/** With less the embedded server, which takes some for itself, could read no file. */
const leastMemory = 500e6

function memorySize(text: string): number {
  const bytes = bytesIn(text)
  if (bytes !== undefined && bytes >= leastMemory) return bytes
  throw new AppError(
    'USAGE',
    `FLATHOUSE_MEMORY is "${text}": give a size of at least 500MB, such as 4GB or 1.5GiB.`,
  )
}

function logLevel(text: string): LogLevel {
  const level = logLevels.find((known) => known === text)
  if (level) return level
  throw new AppError('USAGE', `FLATHOUSE_LOG is "${text}": give ${logLevels.join(', ')}.`)
}
