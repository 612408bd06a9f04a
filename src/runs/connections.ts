import { openServer, tokenEnd, type Reach, type Server, type TokenProvider } from '../clickhouse/index.ts'
import {
  AppError,
  secretKinds,
  type Connection,
  type ConnectionTest,
  type SavedConnection,
  type SecretKind,
  type Secrets,
  type ServerChoice,
  type TestConnection,
} from '../shared/index.ts'
import type { Store, StoredConnection } from '../store/index.ts'
import { testServer } from './connection-test.ts'
import { savedToken, type TokenWaiter } from './token-wait.ts'

interface GivenConnection {
  connection: Connection
  /** Left out they stay as they were, when they would go to the same server, user and identity provider. */
  secrets?: Secrets | undefined
  /** False: what is given is kept in memory only. */
  remember: boolean
  /** What is kept for TLS stays beside what is given. */
  keepCertificates?: boolean
}

/** The ways to reach a ClickHouse that a person has saved, and the embedded database. */
export interface Connections {
  list(): Promise<SavedConnection[]>
  save(name: string, given: GivenConnection): Promise<SavedConnection>
  /** @throws {AppError} CONNECTION_NOT_FOUND */
  remove(name: string): Promise<void>
  /** @throws {AppError} CONNECTION_NOT_FOUND or SECRETS_UNREADABLE; what is wrong with the server is the answer */
  test(which: TestConnection): Promise<ConnectionTest>
  /**
   * An open connection; whoever asked for it closes it. A saved token is looked up for each request.
   *
   * @param waiter waits for a new token when the saved one has ended; without it that is an error
   * @throws {AppError} CONNECTION_NOT_FOUND or SECRETS_UNREADABLE
   */
  server(choice: ServerChoice, waiter?: TokenWaiter): Promise<Server>
}

/** Secrets that are not to be written down. */
interface Temporary {
  /** They were given for this way. */
  goesTo: Connection
  /** JSON of the secrets that are stored meanwhile. */
  beside: string
  secrets: Secrets
}

const embeddedName = 'embedded'

interface ConnectionsOptions {
  /** Secrets for whatever is reached; they go before those that are kept. */
  given?: Secrets
  /** Where connections may lead; anywhere when it is left out. */
  reach?: Reach
}

export function openConnections(
  store: Store['connections'],
  openEmbedded: () => Promise<Server>,
  options: ConnectionsOptions = {},
): Connections {
  return new OpenConnections(store, openEmbedded, options)
}

class OpenConnections implements Connections {
  readonly #store: Store['connections']
  readonly #openEmbedded: () => Promise<Server>
  readonly #given: Secrets
  readonly #reach: Reach | undefined
  readonly #inMemory = new Map<string, Temporary>()

  constructor(
    store: Store['connections'],
    openEmbedded: () => Promise<Server>,
    { given = {}, reach }: ConnectionsOptions,
  ) {
    this.#store = store
    this.#openEmbedded = openEmbedded
    this.#given = given
    this.#reach = reach
  }

  async list(): Promise<SavedConnection[]> {
    const saved = await this.#store.all()
    return [embedded, ...saved.map((stored) => this.#shown(stored))]
  }

  async save(name: string, given: GivenConnection): Promise<SavedConnection> {
    const { connection, secrets, keepCertificates = false, remember } = given
    const before = await this.#sameWay(name, connection)
    if (secrets === undefined) {
      if (before === undefined) this.#inMemory.delete(name)
      return this.#put({ name, connection, secrets: before === undefined ? {} : before.secrets })
    }
    const beside = keepCertificates ? before : undefined
    const all = { ...certificatesOf(beside && (this.#temporary(beside) ?? beside.secrets)), ...secrets }
    if (remember) {
      this.#inMemory.delete(name)
      return this.#put({ name, connection, secrets: all })
    }
    const written = certificatesOf(beside?.secrets)
    this.#inMemory.set(name, { goesTo: connection, beside: JSON.stringify(written), secrets: all })
    return this.#put({ name, connection, secrets: written })
  }

  async remove(name: string): Promise<void> {
    this.#inMemory.delete(name)
    if (!(await this.#store.delete(name))) throw notFound(name)
  }

  async test(which: TestConnection): Promise<ConnectionTest> {
    if (!('name' in which)) return this.#try(which.connection, which.secrets ?? {})
    if (!('connection' in which)) {
      if (which.name === embeddedName) return testServer('http', this.#openEmbedded)
      const stored = await this.#find(which.name)
      return this.#try(stored.connection, this.#kept(stored))
    }
    const { connection } = which
    const stored = await this.#find(which.name)
    return this.#try(connection, isSameWay(stored.connection, connection) ? this.#kept(stored) : {})
  }

  async server(choice: ServerChoice, waiter?: TokenWaiter): Promise<Server> {
    if (choice === embeddedName) return this.#openEmbedded()
    if (typeof choice !== 'string') return this.#open(choice, secretsFor(choice, this.#given))
    const stored = await this.#find(choice)
    const { connection } = stored
    const secrets = withGiven(this.#kept(stored), this.#given, connection)
    if (secrets.token === undefined) return this.#open(connection, secrets)
    const saved = {
      connection: choice,
      label: `${connection.host}:${connection.port}`,
      read: () => this.#token(choice, connection),
    }
    return this.#open(connection, secrets, savedToken(saved, secrets.token, waiter))
  }

  #open(connection: Connection, secrets: Secrets, tokens?: TokenProvider): Server {
    return openServer(connection, secrets, { reach: this.#reach, ...(tokens && { tokens }) })
  }

  #try(connection: Connection, secrets: Secrets): Promise<ConnectionTest> {
    const all = withGiven(secrets, this.#given, connection)
    return testServer(connection.protocol, () => this.#open(connection, all))
  }

  /** As it is now, for a connection that was opened before. */
  async #token(name: string, opened: Connection): Promise<string | undefined> {
    const stored = await this.#sameWay(name, opened)
    return stored && withGiven(this.#kept(stored), this.#given, opened).token
  }

  async #find(name: string): Promise<StoredConnection> {
    const stored = await this.#store.get(name)
    if (stored !== undefined) return stored
    this.#inMemory.delete(name)
    throw notFound(name)
  }

  /** The connection as it is saved, when what was given for it may go where it is to lead now. */
  async #sameWay(name: string, connection: Connection): Promise<StoredConnection | undefined> {
    const stored = await this.#store.get(name)
    return stored && isSameWay(stored.connection, connection) ? stored : undefined
  }

  async #put(stored: StoredConnection): Promise<SavedConnection> {
    await this.#store.put(stored)
    return this.#shown(stored)
  }

  /** @throws {AppError} SECRETS_UNREADABLE */
  #kept(stored: StoredConnection): Secrets {
    const { secrets, name } = stored
    if (secrets !== null) return this.#temporary(stored) ?? secrets
    const sentence = `The secrets of the connection "${name}" cannot be read: their key is missing, or they were changed.`
    throw new AppError('SECRETS_UNREADABLE', sentence)
  }

  /** None when others have been stored since, whoever did it. */
  #temporary({ name, connection, secrets }: StoredConnection): Secrets | undefined {
    const found = this.#inMemory.get(name)
    if (!found || !isSameWay(found.goesTo, connection)) return undefined
    return found.beside === JSON.stringify(secrets) ? found.secrets : undefined
  }

  #shown(stored: StoredConnection): SavedConnection {
    const { name, connection } = stored
    const temporary = this.#temporary(stored)
    const kept = temporary ?? stored.secrets ?? {}
    const secrets = kindsOf(kept)
    const end = kept.token === undefined ? undefined : tokenEnd(kept.token)
    return {
      name,
      connection,
      secrets,
      areSecretsTemporary: temporary !== undefined && secrets.length > 0,
      tokenExpiresAt: end?.toISOString() ?? null,
    }
  }
}

const embedded: SavedConnection = {
  name: embeddedName,
  connection: null,
  secrets: [],
  areSecretsTemporary: false,
  tokenExpiresAt: null,
}

const notFound = (name: string): AppError =>
  new AppError('CONNECTION_NOT_FOUND', `There is no saved connection called "${name}".`)

/** What was given for one server and user is not sent to another, nor in the clear where it was not. */
export const isSameWay = (one: Connection, other: Connection): boolean =>
  one.protocol === other.protocol &&
  one.host === other.host &&
  one.port === other.port &&
  one.user === other.user &&
  one.tokenSource?.issuer === other.tokenSource?.issuer

const certificatesOf = (secrets: Secrets | null | undefined): Secrets => {
  const { ca, cert, key } = secrets ?? {}
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  }
}

const kindsOf = (secrets: Secrets): SecretKind[] => secretKinds.filter((kind) => secrets[kind] !== undefined)

/** Of several ways to sign in that are given, the one that a connection uses. */
export const secretsFor = (connection: Connection, given: Secrets): Secrets =>
  withGiven({}, given, connection)

const noSignIn = { password: undefined, token: undefined, clientSecret: undefined } as const

/** One way to sign in takes the place of another; what belongs to TLS goes with either. */
function withGiven(kept: Secrets, given: Secrets, { tokenSource }: Connection): Secrets {
  const { password, token, clientSecret, ...tls } = given
  const all = { ...kept, ...tls }
  if (tokenSource && clientSecret !== undefined) return { ...all, ...noSignIn, clientSecret }
  if (token !== undefined) return { ...all, ...noSignIn, token }
  return password === undefined ? all : { ...all, ...noSignIn, password }
}
