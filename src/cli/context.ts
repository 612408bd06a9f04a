import type { Access } from '../access/index.ts'
import type { Connections, Surroundings } from '../runs/index.ts'
import type { Health, Role, Secrets } from '../shared/index.ts'
import type { Rotation, Store } from '../store/index.ts'

/** What the person gave on the command line for the process as a whole. */
export interface Places {
  data?: string
  workspace?: string
  ca?: string
  cert?: string
  key?: string
}

export interface ServeOptions extends Places {
  host: string
  port: number
  /** In bytes, of one file. */
  maxUpload?: number
  /** In seconds, for a commit that is going on when it is stopped. */
  grace?: number
  publicUrl?: URL
  tlsCert?: string
  tlsKey?: string
  trustProxy?: string[]
  allowHosts?: string[] | 'any'
  denyHosts?: string[]
  oidcIssuer?: string
  oidcClientId?: string
  oidcScope?: string
  oidcRolesClaim?: string
  /** By the values of the claim. */
  oidcRoles?: Record<string, Role>
  oidcAudience?: string
}

/** The web application while it is served; disposed, it stops in order. */
export interface Site extends AsyncDisposable {
  url: string
  /** Logs in whoever opens it first, for ten minutes; null when one cannot log in so. */
  loginUrl: string | null
  embedded: Health['embedded']
}

/** Who may use the web application of a data folder. */
export interface LocalAccess extends AsyncDisposable {
  access: Access
  /** The address of the process that serves the folder now. */
  servedAt: string | undefined
}

/** What one command works with. */
export interface Opened extends Surroundings, AsyncDisposable {
  connections: Connections
  /** Those of the web application on the same data folder. */
  runs: Pick<Store['runs'], 'list' | 'get'>
  /** Those that the environment and the options give. */
  secrets: Secrets
}

/** What the command line needs of the process it runs in; `main` gives the real one. */
export interface Context {
  open(places: Places): Promise<Opened>
  serve(options: ServeOptions): Promise<Site>
  access(places: Places): Promise<LocalAccess>
  /** @throws {AppError} DATA_IN_USE */
  rotateKey(places: Places): Promise<Rotation>
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
  /** Aborted by Ctrl-C. */
  signal: AbortSignal
}
