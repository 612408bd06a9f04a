import type { Connection, ConnectionTest, SavedConnection } from '../../shared/index.ts'

/** `embedded` is its name everywhere but in front of a person. */
export const labelOf = (name: string): string => (name === 'embedded' ? 'embedded database' : name)

/** `https://db.example.com:8443` */
export function addressOf({ protocol, host, port }: Connection): string {
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

const secretWords: Record<SavedConnection['secrets'][number], string> = {
  password: 'password',
  token: 'JWT token',
  cert: 'client certificate',
  key: 'private key',
  ca: 'CA certificate',
}

/** "password, CA certificate" */
export const secretsText = (secrets: SavedConnection['secrets']): string =>
  secrets.map((secret) => secretWords[secret]).join(', ')

type Step = ConnectionTest['steps'][number]['step']

export const stepWords: Record<Step, string> = {
  name: 'Name',
  tcp: 'TCP',
  tls: 'TLS',
  login: 'Login',
  version: 'Version',
}
