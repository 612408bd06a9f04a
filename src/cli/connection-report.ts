import type { Connection, ConnectionTest, SavedConnection, SecretKind } from '../shared/index.ts'
import { oneLine, textTable } from './text-table.ts'

const kinds: Record<SecretKind, string> = {
  password: 'password',
  token: 'token',
  clientSecret: 'client secret',
  ca: 'CA certificate',
  cert: 'client certificate',
  key: 'key',
}

export function listConnections(saved: readonly SavedConnection[], now: number): string {
  const rows = saved.map((one) => [
    one.name,
    one.connection === null ? '' : addressOf(one.connection),
    one.connection?.user ?? '',
    one.connection?.database ?? '',
    one.secrets.map((kind) => kinds[kind]).join(', '),
    tokenEnd(one, now),
  ])
  return textTable(['name', 'address', 'user', 'database', 'secrets', 'token'], rows)
}

function tokenEnd({ tokenExpiresAt }: SavedConnection, now: number): string {
  if (tokenExpiresAt === null) return ''
  return `${Date.parse(tokenExpiresAt) > now ? 'until' : 'ended'} ${tokenExpiresAt}`
}

export function describeSaved({ name, connection, secrets }: SavedConnection): string {
  const address = connection === null ? '' : ` (${addressOf(connection)})`
  const kept =
    secrets.length > 0 ? `with its ${secrets.map((kind) => kinds[kind]).join(', ')}` : 'without secrets'
  return `"${name}"${address} is saved ${kept}.\n`
}

function addressOf({ protocol, host, port }: Connection): string {
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

const steps: Record<ConnectionTest['steps'][number]['step'], string> = {
  name: 'host name',
  tcp: 'TCP',
  tls: 'TLS',
  login: 'login',
  version: 'version',
  database: 'database',
  rights: 'rights',
}
const widest = Math.max(...Object.values(steps).map(({ length }) => length))

/** A line per step; what is wrong is told by the error and not here. */
export function describeTest(test: ConnectionTest): string {
  const lines = test.steps.map(({ step, passed, found }) => {
    const mark = passed === null ? '·' : passed ? '✓' : '✗'
    const said = passed === null ? 'not tried' : (found ?? '')
    return `${mark} ${steps[step].padEnd(widest)}  ${oneLine(said)}`.trimEnd()
  })
  return `${lines.join('\n')}\n`
}
