import type { Connection, ErrorCode, SavedConnection, Secrets } from '../../shared/index.ts'

export type SignIn = 'password' | 'token' | 'certificate'

/** A connection as it is being typed. */
export interface FormState {
  name: string
  protocol: Connection['protocol']
  host: string
  /** Null while the field is empty. */
  port: number | null
  database: string
  user: string
  signIn: SignIn
  /** The secrets that the server keeps for this connection stay; those below are not sent. */
  keepsSecrets: boolean
  password: string
  token: string
  ca: string
  cert: string
  key: string
}

export type FormField = Exclude<keyof FormState, 'signIn' | 'keepsSecrets'>
export type FormErrors = Partial<Record<FormField, string>>

const usualPorts = { http: 8123, https: 8443 } as const

export const emptyForm: FormState = {
  name: '',
  protocol: 'http',
  host: '',
  port: usualPorts.http,
  database: 'default',
  user: 'default',
  signIn: 'password',
  keepsSecrets: false,
  password: '',
  token: '',
  ca: '',
  cert: '',
  key: '',
}

export function formOf({ name, connection, secrets }: SavedConnection): FormState {
  const signIn = secrets.includes('token') ? 'token' : secrets.includes('cert') ? 'certificate' : 'password'
  return { ...emptyForm, ...connection, name, signIn, keepsSecrets: secrets.length > 0 }
}

/** What was given for one server and user is not sent to another: the server forgets it then. */
export const mayKeepSecrets = (form: FormState, saved: SavedConnection | undefined): boolean =>
  (['protocol', 'host', 'port', 'user'] as const).every((part) => form[part] === saved?.connection?.[part])

/** A port that was only the usual one of the protocol goes with it. */
export function withProtocol(form: FormState, protocol: FormState['protocol']): FormState {
  const isUsual = form.port === null || form.port === usualPorts[form.protocol]
  return { ...form, protocol, port: isUsual ? usualPorts[protocol] : form.port }
}

export const withSignIn = (form: FormState, signIn: SignIn): FormState =>
  signIn === 'certificate' ? { ...withProtocol(form, 'https'), signIn } : { ...form, signIn }

/** A whole address that is pasted as the host fills the other fields. A password in it is not taken over unseen. */
export function withHost(form: FormState, text: string): FormState {
  const host = text.trim()
  if (!/^https?:\/\/./i.test(host) || !URL.canParse(host)) {
    const isCloud = host.endsWith('.clickhouse.cloud')
    return { ...(isCloud ? withProtocol(form, 'https') : form), host }
  }
  const url = new URL(host)
  const next = withProtocol(form, url.protocol === 'https:' ? 'https' : 'http')
  const database = decodeURIComponent(url.pathname.slice(1)) || (url.searchParams.get('database') ?? '')
  return {
    ...next,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? next.port : Number(url.port),
    user: decodeURIComponent(url.username) || form.user,
    password: decodeURIComponent(url.password) || form.password,
    database: database || form.database,
  }
}

/** The name that a connection is saved under when none is typed: its host, in the letters that a name may have. */
export function nameOf({ name, host }: FormState): string {
  if (name.trim() !== '') return name.trim()
  return host
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .slice(0, 64)
}

/** What can be seen to be missing before anybody is asked. */
export function missingIn(form: FormState, taken: readonly string[]): FormErrors {
  const { host, port, database, user, signIn, keepsSecrets, token, cert, key } = form
  const name = nameOf(form)
  const errors: FormErrors = {}
  if (host === '') errors.host = 'Give the host name or address of the server.'
  if (port === null || port < 1 || port > 65_535) errors.port = 'A port is a number from 1 to 65535.'
  if (database === '') errors.database = 'Give the database; it is often "default".'
  if (user === '') errors.user = 'Give the user; it is often "default".'
  if (host !== '' && taken.includes(name)) errors.name = `There is a connection called "${name}" already.`
  if (keepsSecrets) return errors
  if (signIn === 'token' && token.trim() === '') errors.token = 'Paste the token.'
  if (signIn === 'certificate' && cert.trim() === '') errors.cert = 'Give the client certificate.'
  if (signIn === 'certificate' && key.trim() === '') errors.key = 'Give the private key of the certificate.'
  return errors
}

export const connectionOf = ({ protocol, host, port, database, user }: FormState): Connection => ({
  protocol,
  host,
  port: port ?? usualPorts[protocol],
  database,
  user,
})

/** Undefined: those that the server keeps stay. */
export function secretsOf(form: FormState): Secrets | undefined {
  if (form.keepsSecrets) return undefined
  const { signIn, password, ca, cert, key } = form
  const token = form.token.trim()
  return {
    ...(signIn === 'password' && password !== '' && { password }),
    ...(signIn === 'token' && { token }),
    ...(signIn === 'certificate' && { cert, key }),
    ...(form.protocol === 'https' && ca.trim() !== '' && { ca }),
  }
}

/** The field that an error is about; undefined when it is about none. */
export function fieldOf(code: ErrorCode, { signIn }: FormState): FormField | undefined {
  const secret = { password: 'password', token: 'token', certificate: 'cert' } as const
  const fields: Partial<Record<ErrorCode, FormField>> = {
    HOST_NOT_FOUND: 'host',
    CONNECTION_REFUSED: 'port',
    CONNECTION_TIMEOUT: 'host',
    NOT_CLICKHOUSE: 'port',
    TLS_FAILED: 'protocol',
    TLS_CERTIFICATE: 'ca',
    AUTH_FAILED: secret[signIn],
    TOKEN_MALFORMED: 'token',
    TOKEN_EXPIRED: 'token',
    TABLE_NOT_FOUND: 'database',
  }
  return fields[code]
}
