import type { Connection, ConnectionTest, Rights, SavedConnection } from '../../shared/index.ts'

/** `embedded` is its name everywhere but in front of a person. */
export const labelOf = (name: string): string => (name === 'embedded' ? 'embedded database' : name)

/** `https://db.example.com:8443` */
export function addressOf({ protocol, host, port }: Connection): string {
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

const secretWords: Record<SavedConnection['secrets'][number], string> = {
  password: 'password',
  token: 'JWT token',
  clientSecret: 'client secret',
  cert: 'client certificate',
  key: 'private key',
  ca: 'CA certificate',
}

/** "password, CA certificate" */
export const secretsText = (secrets: SavedConnection['secrets']): string =>
  secrets.map((secret) => secretWords[secret]).join(', ')

/** Who is signed in how, and what is kept for it: "user tester, by password". */
export function signInText({ connection, secrets }: SavedConnection): string {
  if (!connection) return ''
  const { user, tokenSource } = connection
  const kept = secretsText(secrets)
  if (tokenSource) {
    const { host } = new URL(tokenSource.issuer)
    return `user ${user}, by tokens of ${host} (${kept === '' ? 'no client secret kept' : kept})`
  }
  return kept === '' ? `user ${user}, no password or token kept` : `user ${user}, by ${kept}`
}

/** Whether a person can give it a token, now that it was refused: nothing else is there to sign in by. */
export const takesToken = ({ connection, secrets }: SavedConnection): boolean =>
  connection !== null && !connection.tokenSource && !secrets.some((kind) => otherWays.has(kind))

const otherWays: ReadonlySet<string> = new Set(['password', 'clientSecret', 'cert'])

type Step = ConnectionTest['steps'][number]['step']

export const stepWords: Record<Step, string> = {
  name: 'Name',
  tcp: 'TCP',
  tls: 'TLS',
  login: 'Login',
  version: 'Version',
  database: 'Database',
  rights: 'Rights',
}

/** "reads, inserts; may not create tables" */
export function rightsText({ read, insert, createTable }: Rights): string {
  const all = [
    { may: read, does: 'reads', bare: 'read' },
    { may: insert, does: 'inserts', bare: 'insert' },
    { may: createTable, does: 'creates tables', bare: 'create tables' },
  ]
  const those = (may: boolean | null) => all.filter((right) => right.may === may)
  const [does, not, unknown] = [those(true), those(false), those(null)]
  return [
    does.map((right) => right.does).join(', '),
    not.length === 0 ? '' : `may not ${not.map(({ bare }) => bare).join(' or ')}`,
    unknown.length === 0 ? '' : `not known whether it may ${unknown.map(({ bare }) => bare).join(' or ')}`,
  ]
    .filter((part) => part !== '')
    .join('; ')
}
