import { openServer, type Server } from '../clickhouse/index.ts'
import {
  AppError,
  type Connection,
  type ConnectionTest,
  type SavedConnection,
  type Secrets,
  type ServerChoice,
  type TestConnection,
} from '../shared/index.ts'
import type { Store } from '../store/index.ts'
import { testServer } from './connection-test.ts'

/** Left-out secrets stay as they were when they would go to the same server and user. */
interface GivenConnection {
  connection: Connection
  secrets?: Secrets | undefined
}

/** The ways to reach a ClickHouse that a person has saved, and the embedded database. */
export interface Connections {
  list(): Promise<SavedConnection[]>
  save(name: string, given: GivenConnection): Promise<SavedConnection>
  remove(name: string): Promise<void>
  test(which: TestConnection): Promise<ConnectionTest>
  /** An open connection; whoever asked for it closes it. */
  server(choice: ServerChoice): Promise<Server>
}

const embeddedName = 'embedded'

/** Secrets are kept in memory only: after a restart they must be given again. */
export function openConnections(
  store: Store['connections'],
  openEmbedded: () => Promise<Server>,
): Connections {
  return new OpenConnections(store, openEmbedded)
}

class OpenConnections implements Connections {
  readonly #store: Store['connections']
  readonly #openEmbedded: () => Promise<Server>
  readonly #secrets = new Map<string, { goesTo: Connection; secrets: Secrets }>()

  constructor(store: Store['connections'], openEmbedded: () => Promise<Server>) {
    this.#store = store
    this.#openEmbedded = openEmbedded
  }

  async list(): Promise<SavedConnection[]> {
    const saved = await this.#store.all()
    const shown = saved.map(({ name, connection }) => this.#shown(name, connection))
    return [{ name: embeddedName, connection: null, secrets: [] }, ...shown]
  }

  async save(name: string, { connection, secrets }: GivenConnection): Promise<SavedConnection> {
    this.#secrets.set(name, { goesTo: connection, secrets: secrets ?? this.#kept(name, connection) })
    await this.#store.put({ name, connection })
    return this.#shown(name, connection)
  }

  async remove(name: string): Promise<void> {
    this.#secrets.delete(name)
    if (!(await this.#store.delete(name))) throw notFound(name)
  }

  async test(which: TestConnection): Promise<ConnectionTest> {
    if ('connection' in which) {
      const { connection, secrets = {} } = which
      return testServer(connection.protocol, () => openServer(connection, secrets))
    }
    const { name } = which
    if (name === embeddedName) return testServer('http', this.#openEmbedded)
    const connection = await this.#saved(name)
    return testServer(connection.protocol, () => openServer(connection, this.#kept(name, connection)))
  }

  async server(choice: ServerChoice): Promise<Server> {
    if (choice === embeddedName) return this.#openEmbedded()
    if (typeof choice !== 'string') return openServer(choice, {})
    const connection = await this.#saved(choice)
    return openServer(connection, this.#kept(choice, connection))
  }

  async #saved(name: string): Promise<Connection> {
    const saved = await this.#store.get(name)
    if (saved === undefined) throw notFound(name)
    return saved.connection
  }

  /** What was given for one server and user is not sent to another, nor in the clear where it was not. */
  #kept(name: string, connection: Connection): Secrets {
    const kept = this.#secrets.get(name)
    return kept !== undefined && isSameWay(kept.goesTo, connection) ? kept.secrets : {}
  }

  #shown(name: string, connection: Connection): SavedConnection {
    const kept = this.#kept(name, connection)
    return { name, connection, secrets: kinds.filter((kind) => kept[kind] !== undefined) }
  }
}

const notFound = (name: string): AppError =>
  new AppError('CONNECTION_NOT_FOUND', `There is no saved connection called "${name}".`)

const kinds = ['password', 'token', 'ca', 'cert', 'key'] as const

const isSameWay = (one: Connection, other: Connection): boolean =>
  one.protocol === other.protocol &&
  one.host === other.host &&
  one.port === other.port &&
  one.user === other.user
