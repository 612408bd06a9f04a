import { dayOf, issuerOf, subjectOf, type About, type Server, type SignedInBy } from '../clickhouse/index.ts'
import {
  AppError,
  type Connection,
  type ConnectionTest,
  type ErrorCode,
  type Rights,
} from '../shared/index.ts'

type Step = ConnectionTest['steps'][number]['step']

/** Tries a server out, step by step until one fails; what is wrong is part of the answer. */
export async function testServer(
  protocol: Connection['protocol'],
  open: () => Server | Promise<Server>,
): Promise<ConnectionTest> {
  const walk = new Walk(protocol === 'https' ? steps : steps.filter((step) => step !== 'tls'))
  try {
    await using server = await open()
    await walk.go(server)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    walk.end(error)
  }
  return walk.toTest()
}

const steps: readonly Step[] = ['name', 'tcp', 'tls', 'login', 'version', 'database', 'rights']

/** What was learned on the way. */
interface Facts {
  about?: About
  rights?: Rights
}

class Walk {
  readonly #steps: readonly Step[]
  readonly #found = new Map<Step, string>()
  readonly #facts: Facts = {}
  #failed: Step | undefined
  #error: AppError | undefined

  constructor(order: readonly Step[]) {
    this.#steps = order
  }

  /** Throws what is wrong at the first step that fails. */
  async go(server: Server): Promise<void> {
    for (const step of this.#steps) {
      this.#failed = step
      this.#found.set(step, await visits[step](server, this.#facts))
    }
    this.#failed = undefined
  }

  end(error: AppError): void {
    this.#error = error
    const about = concerns[error.code]
    if (this.#failed === undefined || about === 'tls') this.#failed = about ?? 'login'
    this.#found.delete(this.#failed)
  }

  toTest(): ConnectionTest {
    const { about, rights = null } = this.#facts
    return {
      steps: this.#steps.map((step) => {
        const found = this.#found.get(step) ?? null
        return { step, passed: step === this.#failed ? false : found === null ? null : true, found }
      }),
      rights,
      version: about?.version ?? null,
      timezone: about?.timezone ?? null,
      error: this.#error?.toBody() ?? null,
    }
  }
}

/**
 * The step that an error is about when no step was tried, because the server could not even be opened; and TLS, because a
 * server that wants another client certificate may say so only after TLS seems to stand.
 */
const concerns: Partial<Record<ErrorCode, Step>> = {
  HOST_NOT_FOUND: 'name',
  HOST_NOT_ALLOWED: 'name',
  EMBEDDED_FAILED: 'tcp',
  EMBEDDED_UNSUPPORTED: 'tcp',
  TLS_FAILED: 'tls',
  TLS_CERTIFICATE: 'tls',
  TLS_CLIENT: 'tls',
}

/** Each goes one step and says in a few words what it found. */
const visits: Record<Step, (server: Server, facts: Facts) => Promise<string>> = {
  name: async (server) => some(await server.probe().addresses()),
  tcp: async (server) => {
    const { address, port, ms } = await server.probe().tcp()
    return `${address.includes(':') ? `[${address}]` : address}:${port} in ${Math.max(1, Math.round(ms))} ms`
  },
  tls: async (server) => {
    const { protocol, certificate } = await server.probe().tls()
    const [subject, issuer] = [subjectOf(certificate), issuerOf(certificate)]
    return `${protocol}, certificate of ${subject} by ${issuer} until ${dayOf(certificate.valid_to)}`
  },
  login: async (server, facts) => {
    facts.about = await server.signIn()
    return `as ${facts.about.user} ${signedInBy(server.signedInBy())}`
  },
  version: async (server, { about }) => {
    const { version, timezone } = server.requireVersion(about ?? (await server.signIn()))
    return `ClickHouse ${version}, time zone ${timezone}`
  },
  database: async (server) => {
    const count = await server.tableCount()
    return count === null
      ? server.database
      : `${server.database}, ${count} ${count === 1 ? 'table' : 'tables'}`
  },
  rights: async (server, facts) => {
    const rights = (facts.rights = await server.rights())
    if (rights.read !== false || rights.insert !== false) return rightsInWords(rights)
    const sentence = `The user ${server.user} may neither read nor insert in the database ${server.database} of ${server.label}.`
    throw new AppError('ACCESS_DENIED', sentence, { place: { host: server.label } })
  },
}

const most = 4
const some = (addresses: readonly string[]): string =>
  addresses.slice(0, most).join(', ') + (addresses.length > most ? ', …' : '')

function signedInBy(by: SignedInBy): string {
  if (by.kind === 'password') return 'by password'
  if (by.kind === 'certificate') return 'by client certificate'
  if (by.kind === 'nothing') return 'without a password'
  const end = by.endsAt === undefined ? 'without an end' : `until ${by.endsAt.toISOString().slice(0, 19)}Z`
  return `by a token${by.issuer === undefined ? '' : ` of ${by.issuer}`} ${end}`
}

function rightsInWords({ read, insert, createTable }: Rights): string {
  const all = { read, insert, 'create tables': createTable }
  const those = (is: boolean | null) =>
    Object.entries(all)
      .filter(([, may]) => may === is)
      .map(([words]) => words)
      .join(', ')
  const parts = [
    ['may', true],
    ['may not', false],
    ['not told:', null],
  ] as const
  return parts
    .filter(([, is]) => those(is) !== '')
    .map(([words, is]) => `${words} ${those(is)}`)
    .join('; ')
}
