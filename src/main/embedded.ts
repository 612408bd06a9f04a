import { openServer, type Server } from '../clickhouse/index.ts'
import { openEmbedded, type EmbeddedServer, type Endpoint } from '../embedded/index.ts'
import type { Connection, Health } from '../shared/index.ts'
import type { Config } from './config.ts'

/** The embedded server of a data folder: started when it is first asked for, and let go at the end. */
export class Embedded implements AsyncDisposable {
  readonly #config: Config
  readonly #dataDir: string
  #opening: Promise<EmbeddedServer> | undefined
  #state: Health['embedded'] = 'starting'

  constructor(config: Config, dataDir: string) {
    this.#config = config
    this.#dataDir = dataDir
  }

  get state(): Health['embedded'] {
    return this.#state
  }

  /** Whoever opened it closes it. */
  async server(): Promise<Server> {
    const { url, username: user, password, database } = await this.endpoint()
    const { hostname: host, port } = new URL(url)
    const connection: Connection = { protocol: 'http', host, port: Number(port), database, user }
    return openServer(connection, { password }, { label: 'the embedded database' })
  }

  /** A start that failed is tried again when it is next asked for. */
  async endpoint(): Promise<Endpoint> {
    try {
      const endpoint = await (await this.#open()).endpoint()
      this.#state = 'ready'
      return endpoint
    } catch (error) {
      this.#state = 'failed'
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined)
    await opened?.[Symbol.asyncDispose]()
  }

  #open(): Promise<EmbeddedServer> {
    if (this.#opening !== undefined) return this.#opening
    const { clickhouseBinary: binary, memory: memoryLimit } = this.#config
    const opening = openEmbedded({
      dataDir: this.#dataDir,
      ...(binary !== undefined && { binary }),
      ...(memoryLimit !== undefined && { memoryLimit }),
    })
    opening.catch(() => (this.#opening = undefined))
    return (this.#opening = opening)
  }
}
