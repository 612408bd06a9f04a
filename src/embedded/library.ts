import { createRequire } from 'node:module'
import { AppError } from '../shared/index.ts'

/** The packages that hold a build of ClickHouse as a library. npm installs the one that fits the machine. */
const packages: Record<string, string> = {
  'linux-x64': '@chdb/lib-linux-x64-gnu',
  'linux-arm64': '@chdb/lib-linux-arm64-gnu',
  'darwin-x64': '@chdb/lib-darwin-x64',
  'darwin-arm64': '@chdb/lib-darwin-arm64',
}

/** Resolved from chdb's own folder, because the library packages are its dependencies and not ours. */
function resolveFromChdb(request: string): string {
  const chdb = createRequire(import.meta.url).resolve('chdb/package.json')
  return createRequire(chdb).resolve(request)
}

/** The path of libchdb.so, or EMBEDDED_UNSUPPORTED where there is none (Windows, musl, omitted optional packages). */
export function findLibrary(
  platform: string = process.platform,
  arch: string = process.arch,
  resolve: (request: string) => string = resolveFromChdb,
): string {
  const name = packages[`${platform}-${arch}`]
  try {
    if (name !== undefined) return resolve(`${name}/libchdb.so`)
  } catch (cause) {
    throw unsupported(`the package ${name ?? 'chdb'} is not installed on this machine`, cause)
  }
  throw unsupported(`there is no build of it for ${platform}-${arch}`)
}

function unsupported(reason: string, cause?: unknown): AppError {
  return new AppError(
    'EMBEDDED_UNSUPPORTED',
    `The embedded ClickHouse cannot run here (${reason}); set FLATHOUSE_CLICKHOUSE_BIN to an installed clickhouse binary.`,
    { cause },
  )
}
