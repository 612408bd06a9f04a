import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose'
import Provider, {
  interactionPolicy,
  type Adapter,
  type AdapterPayload,
  type Configuration,
} from 'oidc-provider'

/** Their names are their passwords, too. */
const people = {
  alice: ['admin'],
  oscar: ['operator'],
  vera: ['viewer'],
  nora: [],
} as const
export type Person = keyof typeof people

/** For the login in a browser. It may come back to any port of 127.0.0.1. */
export const loginClient = { clientId: 'flathouse', clientSecret: 'secret-of-the-login-client' } as const
/** For programs (client credentials). Its tokens are JWTs with the role `operator`. */
export const programClient = { clientId: 'program', clientSecret: 'secret-of-the-program' } as const
/** For whom the program's tokens are when it asks for nobody (`resource`). */
const programAudience = 'https://clickhouse.example'

export interface IdentityProvider extends AsyncDisposable {
  issuer: string
  /** Signs with the newest key, as the provider does; claims and header replace those of a good token. */
  sign(claims?: JWTPayload, header?: { alg?: string; kid?: string }): Promise<string>
  /** Takes a new key; tokens signed with the old one hold until that is revoked. */
  rotateKey(): Promise<void>
  revokeOldKeys(): void
  /** Goes through the login page as a browser would. Answers where that leads in the end: to our own callback. */
  signIn(authorizationUrl: string, user: string, password?: string): Promise<URL>
  /** How often the discovery document was read. */
  discoveries(): number
}

interface Options {
  /** Of the program's access tokens. */
  tokenSeconds?: number
  /** The claims come from the userinfo endpoint only, and not with the ID token. */
  claimsInUserinfoOnly?: boolean
  port?: number
}

interface Key {
  jwk: JWK
  privateKey: CryptoKey
}

/** A real OpenID provider on loopback, with a few people in it. */
export async function startIdentityProvider(options: Options = {}): Promise<IdentityProvider> {
  let handle: RequestListener = (_, response) => void response.writeHead(503).end()
  let discoveries = 0
  const server = createServer((request, response) => {
    if (request.url?.includes('openid-configuration')) discoveries++
    handle(request, response)
  })
  await new Promise<void>((ready) => server.listen(options.port ?? 0, '127.0.0.1', ready))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const adapter = memoryAdapter()
  let keys = [await makeKey()]
  const reload = () => {
    handle = listenerOf(
      new Provider(
        issuer,
        configuration(
          keys.map(({ jwk }) => jwk),
          adapter,
          options,
        ),
      ),
    )
  }
  reload()
  return {
    issuer,
    discoveries: () => discoveries,
    signIn,
    sign: (claims, header) => sign(issuer, keys[0], claims, header),
    async rotateKey() {
      keys = [await makeKey(), ...keys]
      reload()
    },
    revokeOldKeys() {
      keys = keys.slice(0, 1)
      reload()
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

async function makeKey(): Promise<Key> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: 'RS256', use: 'sig' }
  return { jwk, privateKey }
}

function sign(issuer: string, key: Key | undefined, claims: JWTPayload = {}, header = {}): Promise<string> {
  if (!key) throw new Error('there is no key')
  const now = Math.floor(Date.now() / 1000)
  const good = {
    iss: issuer,
    sub: 'alice',
    aud: loginClient.clientId,
    roles: ['admin'],
    iat: now,
    exp: now + 60,
  }
  return new SignJWT({ ...good, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: key.jwk.kid ?? '', ...header })
    .sign(key.privateKey)
}

function configuration(
  keys: JWK[],
  adapter: (model: string) => Adapter,
  { tokenSeconds = 600, claimsInUserinfoOnly = false }: Options,
): Configuration {
  const policy = interactionPolicy.base()
  // Asked of every client whose address may have any port.
  policy.get('consent')?.checks.remove('native_client_prompt')
  return {
    adapter,
    jwks: { keys },
    cookies: { keys: [randomUUID()] },
    claims: { openid: ['sub'], profile: ['preferred_username', 'roles'], email: ['email'] },
    conformIdTokenClaims: claimsInUserinfoOnly,
    clients: clients.map((client) => ({ ...client })),
    interactions: { policy, url: (_, { uid }) => `/interaction/${uid}` },
    ttl: {
      AccessToken: 600,
      ClientCredentials: tokenSeconds,
      IdToken: 600,
      Interaction: 600,
      Session: 600,
      Grant: 600,
    },
    pkce: { required: () => true },
    clientBasedCORS: () => false,
    rotateRefreshToken: true,
    findAccount: (_, name) => {
      if (!isPerson(name)) return undefined
      const claims = { preferred_username: name, email: `${name}@flathouse.example`, roles: people[name] }
      return { accountId: name, claims: () => ({ sub: name, ...claims }) }
    },
    // Nobody is asked what the client may see.
    loadExistingGrant: async ({ oidc }) => {
      const { session, client } = oidc
      if (!session?.accountId || !client) return undefined
      const grant = new oidc.provider.Grant({ accountId: session.accountId, clientId: client.clientId })
      grant.addOIDCScope('openid profile email')
      await grant.save()
      return grant
    },
    extraTokenClaims: (_, token) =>
      token.kind === 'ClientCredentials' ? { sub: token.clientId, roles: ['operator'] } : undefined,
    renderError: (context, out) => void (context.body = out),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      rpInitiatedLogout: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: ({ oidc }) =>
          oidc.client?.clientId === programClient.clientId ? programAudience : [],
        getResourceServerInfo: (_, audience) => ({
          audience,
          scope: 'read write',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  }
}

const clients = [
  {
    client_id: loginClient.clientId,
    client_secret: loginClient.clientSecret,
    application_type: 'native',
    redirect_uris: ['http://127.0.0.1/api/v1/session/oidc/callback'],
  },
  {
    client_id: programClient.clientId,
    client_secret: programClient.clientSecret,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  },
] as const

const isPerson = (name: string): name is Person => Object.hasOwn(people, name)

/** The provider, and the login page that it sends people to. */
function listenerOf(provider: Provider): RequestListener {
  const answer = provider.callback()
  return (request, response) => {
    if (request.url?.startsWith('/interaction/')) void answerLogin(provider, request, response)
    else void answer(request, response)
  }
}

async function answerLogin(provider: Provider, request: IncomingMessage, response: ServerResponse) {
  let wrong = ''
  if (request.method === 'POST') {
    const form = new URLSearchParams(await text(request))
    const name = form.get('name') ?? ''
    if (isPerson(name) && form.get('password') === name) {
      await provider.interactionFinished(request, response, { login: { accountId: name } })
      return
    }
    wrong = '<p role="alert">The name or the password is wrong.</p>'
  }
  response.writeHead(wrong ? 401 : 200, { 'content-type': 'text/html; charset=utf-8' }).end(
    `<!doctype html><html lang="en"><title>Identity provider</title><main><h1>Identity provider</h1>${wrong}
     <form method="post"><label>Name <input name="name"></label>
     <label>Password <input name="password" type="password"></label><button>Log in</button></form></main></html>`,
  )
}

async function signIn(authorizationUrl: string, user: string, password = user): Promise<URL> {
  const { origin } = new URL(authorizationUrl)
  const cookies = new Map<string, string>()
  const ask = async (url: URL, body?: URLSearchParams): Promise<URL> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(body && { method: 'POST', body }),
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const location = answer.headers.get('location')
    if (location === null) {
      if (answer.ok && !body) return ask(url, new URLSearchParams({ name: user, password }))
      throw new Error(`the identity provider answered ${answer.status}: ${await answer.text()}`)
    }
    const next = new URL(location, url)
    return next.origin === origin ? ask(next) : next
  }
  return ask(new URL(authorizationUrl))
}

function memoryAdapter(): (model: string) => Adapter {
  const kept = new Map<string, AdapterPayload>()
  return (model) => {
    const find = (matches: (payload: AdapterPayload) => boolean) =>
      Promise.resolve(
        [...kept].find(([key, payload]) => key.startsWith(`${model}:`) && matches(payload))?.[1],
      )
    return {
      upsert: (id, payload) => Promise.resolve(void kept.set(`${model}:${id}`, payload)),
      find: (id) => Promise.resolve(kept.get(`${model}:${id}`)),
      findByUid: (uid) => find((payload) => payload.uid === uid),
      findByUserCode: (code) => find((payload) => payload.userCode === code),
      destroy: (id) => Promise.resolve(void kept.delete(`${model}:${id}`)),
      consume: (id) => {
        const payload = kept.get(`${model}:${id}`)
        if (payload) payload.consumed = Math.floor(Date.now() / 1000)
        return Promise.resolve()
      },
      revokeByGrantId: (grantId) => {
        for (const [key, payload] of kept) if (payload.grantId === grantId) kept.delete(key)
        return Promise.resolve()
      },
    }
  }
}
