import type { Connection, ErrorCode, SavedConnection, Secrets } from '../../shared/index.ts'

export type SignIn = 'password' | 'token' | 'service' | 'certificate'

/** A ClickHouse setting as it is being typed. */
export interface Setting {
  name: string
  value: string
}

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
  issuer: string
  clientId: string
  clientSecret: string
  scope: string
  audience: string
  ca: string
  cert: string
  key: string
  /** Null until somebody says so: then it depends on the way to sign in. */
  remembers: boolean | null
  /** Seconds; null while the field is empty. */
  connectTimeout: number | null
  requestTimeout: number | null
  settings: readonly Setting[]
}

/** Those with a text or number, and each setting by its place in the list. */
export type FormField =
  Exclude<keyof FormState, 'signIn' | 'keepsSecrets' | 'remembers' | 'settings'> | `setting ${number}`
export type FormErrors = Partial<Record<FormField, string>>

/** What a part of the form is given. */
export interface PartProps {
  form: FormState
  change: (form: FormState) => void
  errors: FormErrors
}

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
  issuer: '',
  clientId: '',
  clientSecret: '',
  scope: '',
  audience: '',
  ca: '',
  cert: '',
  key: '',
  remembers: null,
  connectTimeout: null,
  requestTimeout: null,
  settings: [],
}

export function formOf(saved: SavedConnection): FormState {
  const { name, secrets } = saved
  const { settings = {}, tokenSource, connectTimeout, requestTimeout, ...connection } = saved.connection ?? {}
  return {
    ...emptyForm,
    ...connection,
    issuer: tokenSource?.issuer ?? '',
    clientId: tokenSource?.clientId ?? '',
    scope: tokenSource?.scope ?? '',
    audience: tokenSource?.audience ?? '',
    connectTimeout: connectTimeout ?? null,
    requestTimeout: requestTimeout ?? null,
    name,
    signIn: signInOf(saved),
    keepsSecrets: secrets.length > 0,
    settings: Object.entries(settings).map(([setting, value]) => ({ name: setting, value })),
  }
}

function signInOf({ connection, secrets }: SavedConnection): SignIn {
  if (connection?.tokenSource) return 'service'
  if (secrets.includes('token')) return 'token'
  return secrets.includes('cert') ? 'certificate' : 'password'
}

/** What was given for one server, user and token service is not sent to another: the server forgets it then. */
export function mayKeepSecrets(form: FormState, saved: SavedConnection | undefined): boolean {
  const { issuer = form.issuer } = saved?.connection?.tokenSource ?? {}
  const isSame = (part: 'protocol' | 'host' | 'port' | 'user') => form[part] === saved?.connection?.[part]
  return (['protocol', 'host', 'port', 'user'] as const).every(isSame) && form.issuer.trim() === issuer.trim()
}

/** Secrets that are kept are for the way to sign in that they were given for. */
export const withKept = (form: FormState, keepsSecrets: boolean, saved: SavedConnection): FormState =>
  keepsSecrets ? { ...form, keepsSecrets, signIn: signInOf(saved) } : { ...form, keepsSecrets }

/** Whether the secrets are written down, sealed: what a person pastes for now is not, unless asked. */
export const isRemembered = ({ remembers, signIn }: FormState): boolean => remembers ?? signIn !== 'token'

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

/** What can be seen to be missing or wrong before anybody is asked. */
export function missingIn(form: FormState, taken: readonly string[]): FormErrors {
  const { host, port, database, user, connectTimeout, requestTimeout } = form
  const name = nameOf(form)
  const errors: FormErrors = {}
  if (host === '') errors.host = 'Give the host name or address of the server.'
  if (port === null || port < 1 || port > 65_535) errors.port = 'A port is a number from 1 to 65535.'
  if (database === '') errors.database = 'Give the database; it is often "default".'
  if (user === '') errors.user = 'Give the user; it is often "default".'
  if (host !== '' && taken.includes(name)) errors.name = `There is a connection called "${name}" already.`
  if (!isTimeout(connectTimeout)) errors.connectTimeout = wrongTimeout
  if (!isTimeout(requestTimeout)) errors.requestTimeout = wrongTimeout
  return { ...errors, ...missingOfService(form), ...missingSecrets(form), ...wrongSettings(form.settings) }
}

const isTimeout = (value: number | null) => value === null || (value >= 1 && value <= 86_400)
const wrongTimeout = 'From 1 to 86400 seconds; empty for the usual.'

function missingOfService({ signIn, issuer, clientId }: FormState): FormErrors {
  if (signIn !== 'service') return {}
  const isAddress = /^https?:\/\/./i.test(issuer.trim()) && URL.canParse(issuer.trim())
  return {
    ...(!isAddress && { issuer: 'Give the address of the token service: https://…' }),
    ...(clientId.trim() === '' && { clientId: 'Give the id that the token service knows the client by.' }),
  }
}

function missingSecrets({ keepsSecrets, signIn, token, clientSecret, cert, key }: FormState): FormErrors {
  if (keepsSecrets) return {}
  const errors: FormErrors = {}
  if (signIn === 'token' && token.trim() === '') errors.token = 'Paste the token.'
  if (signIn === 'service' && clientSecret === '') errors.clientSecret = 'Give the secret of the client.'
  if (signIn === 'certificate' && cert.trim() === '') errors.cert = 'Give the client certificate.'
  if (signIn === 'certificate' && key.trim() === '') errors.key = 'Give the private key of the certificate.'
  return errors
}

function wrongSettings(settings: readonly Setting[]): FormErrors {
  const names = settings.map(({ name }) => name.trim())
  const wrong = settings.flatMap(({ value }, at): [FormField, string][] => {
    const name = names[at] ?? ''
    if (name === '' && value === '') return []
    const isName = /^[a-zA-Z_][a-zA-Z0-9_]{0,99}$/.test(name)
    if (!isName) return [[`setting ${at}`, 'A name has letters, digits and _, such as max_threads.']]
    return names.indexOf(name) < at ? [[`setting ${at}`, `${name} is set above already.`]] : []
  })
  return Object.fromEntries(wrong)
}

export function connectionOf(form: FormState): Connection {
  const { protocol, host, port, database, user, signIn, connectTimeout, requestTimeout } = form
  const settings = form.settings.map(({ name, value }) => [name.trim(), value] as const)
  const named = settings.filter(([name]) => name !== '')
  return {
    protocol,
    host,
    port: port ?? usualPorts[protocol],
    database,
    user,
    ...(connectTimeout !== null && { connectTimeout }),
    ...(requestTimeout !== null && { requestTimeout }),
    ...(named.length > 0 && { settings: Object.fromEntries(named) }),
    ...(signIn === 'service' && { tokenSource: serviceOf(form) }),
  }
}

function serviceOf(form: FormState): NonNullable<Connection['tokenSource']> {
  const [scope, audience] = [form.scope.trim(), form.audience.trim()]
  return {
    issuer: form.issuer.trim(),
    clientId: form.clientId.trim(),
    ...(scope !== '' && { scope }),
    ...(audience !== '' && { audience }),
  }
}

/** Undefined: those that the server keeps stay. */
export function secretsOf(form: FormState): Secrets | undefined {
  if (form.keepsSecrets) return undefined
  const { signIn, password, clientSecret, ca, cert, key } = form
  const token = form.token.trim()
  return {
    ...(signIn === 'password' && password !== '' && { password }),
    ...(signIn === 'token' && { token }),
    ...(signIn === 'service' && { clientSecret }),
    ...(signIn === 'certificate' && { cert, key }),
    ...(form.protocol === 'https' && ca.trim() !== '' && { ca }),
  }
}

/** The field on the screen that an error is about; undefined when it is about none. */
export function fieldOf(code: ErrorCode, form: FormState): FormField | undefined {
  const field = form.keepsSecrets ? undefined : secretField(code, form)
  return field ?? placeFields[code]
}

const placeFields: Partial<Record<ErrorCode, FormField>> = {
  HOST_NOT_FOUND: 'host',
  CONNECTION_REFUSED: 'port',
  CONNECTION_TIMEOUT: 'host',
  NOT_CLICKHOUSE: 'port',
  TLS_FAILED: 'protocol',
  TABLE_NOT_FOUND: 'database',
  IDENTITY_PROVIDER: 'issuer',
}

function secretField(code: ErrorCode, { signIn }: FormState): FormField | undefined {
  const given = { password: 'password', token: 'token', service: undefined, certificate: 'cert' } as const
  if (code === 'AUTH_FAILED') return given[signIn]
  if (code === 'TLS_CERTIFICATE') return 'ca'
  return signIn === 'token' && /^TOKEN_(?:MALFORMED|EXPIRED)$/.test(code) ? 'token' : undefined
}
