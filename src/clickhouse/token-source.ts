import { createHash } from 'node:crypto'
import type { ClientAuth, Configuration } from 'openid-client'
import { AppError, type Connection, type Secrets, type TokenSource } from '../shared/index.ts'
import { formsOf, hide } from './hide.ts'
import { askProvider, type ProviderOptions } from './provider-fetch.ts'
import type { Reach } from './reach.ts'
import { tokenEnd, type TokenNeed, type TokenProvider } from './token.ts'

/** Connections are opened anew for every request: their tokens last longer than they do. */
const known = new Map<string, IssuedTokens>()
const mostKnown = 100

/** The tokens that an identity provider gives to a client by its id and secret, if the connection names one. */
export function requestedTokens(
  { tokenSource }: Connection,
  { password, clientSecret, ca }: Secrets,
  reach?: Reach,
): TokenProvider | undefined {
  if (tokenSource === undefined || password !== undefined) return undefined
  if (!clientSecret) return () => Promise.reject(noSecret(tokenSource))
  const key = digest(tokenSource, clientSecret, ca)
  const found = known.get(key) ?? new IssuedTokens(tokenSource, clientSecret, { reach, ...(ca && { ca }) })
  // The one that was used last is the last.
  known.delete(key)
  known.set(key, found)
  for (const oldest of [...known.keys()].slice(0, -mostKnown)) known.delete(oldest)
  return (need) => found.get(need)
}

const digest = (...parts: unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex')

interface Issued {
  token: string
  /** Unix milliseconds: from then on a new one is asked for. */
  freshUntil: number
  endsAt: number
}

const longestMarginMs = 30_000
const timeoutSeconds = 10

class IssuedTokens {
  readonly #source: TokenSource
  readonly #clientSecret: string
  readonly #options: ProviderOptions
  #issued: Issued | undefined
  #asking: Promise<Issued> | undefined

  constructor(source: TokenSource, clientSecret: string, options: ProviderOptions) {
    this.#source = source
    this.#clientSecret = clientSecret
    this.#options = options
  }

  async get({ refused }: TokenNeed): Promise<string> {
    const last = this.#issued?.token === refused ? undefined : this.#issued
    if (last && Date.now() < last.freshUntil) return last.token
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined))
    try {
      this.#issued = await this.#asking
      return this.#issued.token
    } catch (error) {
      // It was to be renewed early so that a provider may be away for a moment.
      if (last && Date.now() < last.endsAt) return last.token
      throw error
    }
  }

  async #ask(): Promise<Issued> {
    const { scope, audience } = this.#source
    const wanted = {
      ...(scope && { scope }),
      // Some know the one, others the other (RFC 8707), which has to be an address.
      ...(audience && { audience }),
      ...(audience && URL.canParse(audience) && { resource: audience }),
    }
    const askedAt = Date.now()
    try {
      const { clientCredentialsGrant } = await import('openid-client')
      const answer = await clientCredentialsGrant(await this.#discover(), wanted)
      const token = answer.access_token
      const seconds = answer.expiresIn()
      // By their clock, unless only the token tells; a provider counts whole seconds, and may have begun one.
      const endsAt =
        seconds === undefined
          ? (tokenEnd(token)?.getTime() ?? Infinity)
          : askedAt + Math.max(seconds - 1, 0) * 1000
      return { token, freshUntil: endsAt - Math.min(longestMarginMs, (endsAt - askedAt) / 5), endsAt }
    } catch (error) {
      throw await whyNot(error, this.#source, this.#clientSecret)
    }
  }

  async #discover(): Promise<Configuration> {
    const openid = await import('openid-client')
    const issuer = new URL(this.#source.issuer)
    const auth = await clientAuth(this.#clientSecret)
    return await openid.discovery(issuer, this.#source.clientId, {}, auth, {
      [openid.customFetch]: askProvider(this.#options),
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- our fetch lets only the own machine be asked so
      execute: issuer.protocol === 'http:' ? [openid.allowInsecureRequests] : [],
      timeout: timeoutSeconds,
    })
  }
}

/** In the header, which every provider must take, unless it says that it does not. */
async function clientAuth(secret: string): Promise<ClientAuth> {
  const { ClientSecretBasic, ClientSecretPost } = await import('openid-client')
  const [inHeader, inBody] = [ClientSecretBasic(secret), ClientSecretPost(secret)]
  return (as, client, body, headers) => {
    const methods = as.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const chosen = methods.includes('client_secret_basic') ? inHeader : inBody
    chosen(as, client, body, headers)
  }
}

const hostOf = ({ issuer }: TokenSource): string => new URL(issuer).host

const refusal = (source: TokenSource, sentence: string, detail?: string): AppError =>
  new AppError('IDENTITY_PROVIDER', sentence, {
    place: { host: hostOf(source) },
    ...(detail !== undefined && { detail }),
  })

const noSecret = (source: TokenSource): AppError =>
  refusal(source, `There is no client secret for the identity provider ${hostOf(source)}.`)

/** Without a cause, which may quote what was sent. */
async function whyNot(error: unknown, source: TokenSource, clientSecret: string): Promise<AppError> {
  const { ResponseBodyError, WWWAuthenticateChallengeError } = await import('openid-client')
  const host = hostOf(source)
  const chain = causesOf(error)
  const secrets = formsOf(clientSecret, source.clientId)
  const hidden = (text: string) => hide(text, secrets).slice(0, 500)
  for (const cause of chain) {
    if (cause instanceof AppError) return cause
    if (cause instanceof ResponseBodyError) {
      const sentence = `The identity provider ${host} gives ${source.clientId} no token: ${hidden(cause.error)}.`
      return refusal(source, sentence, hidden(cause.error_description ?? `HTTP status ${cause.status}`))
    }
    if (cause instanceof WWWAuthenticateChallengeError) {
      const sentence = `The identity provider ${host} does not accept the client ${source.clientId} or its secret.`
      return refusal(source, sentence, `HTTP status ${cause.status}`)
    }
  }
  const detail = hidden(chain.at(-1)?.message ?? '')
  return chain.some(isFault)
    ? refusal(source, `The identity provider ${host} cannot be reached.`, detail)
    : refusal(source, `What answers at ${host} is not the identity provider ${source.issuer}.`, detail)
}

/** Of the network or of TLS, or that no answer came in time. */
const isFault = (error: Error): boolean =>
  'syscall' in error ||
  /^(ABORT_|ERR_|CERT|UNABLE|DEPTH|SELF|OAUTH_TIMEOUT)/.test((error as NodeJS.ErrnoException).code ?? '')

function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : []
}
