import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { OidcOptions } from '../access/index.ts'
import type { ServeOptions, Site } from '../cli/index.ts'
import type { Tls } from '../server/index.ts'
import { AppError } from '../shared/index.ts'
import type { Config } from './config.ts'
import { Embedded } from './embedded.ts'
import { openSite } from './site.ts'

/** `flathouse serve` */
export async function serve(config: Config, options: ServeOptions): Promise<Site> {
  const { data, workspace, host, port, publicUrl, trustProxy, maxUpload, grace, allowHosts, denyHosts } =
    options
  const dataDir = data ?? config.dataDir
  const root = workspace ?? config.workspace ?? process.cwd()
  const tls = await readTls(options)
  const oidc = oidcOptions(config, options)
  await using stack = new AsyncDisposableStack()
  const embedded = stack.use(new Embedded(config, dataDir))
  const site = stack.use(
    await openSite({
      config,
      dataDir,
      root,
      embedded,
      host,
      port,
      ...(publicUrl && { publicUrl }),
      ...(tls && { tls }),
      ...(trustProxy && { trustProxy }),
      ...(maxUpload !== undefined && { maxUploadBytes: maxUpload }),
      ...(grace !== undefined && { graceMs: grace * 1000 }),
      ...(oidc && { oidc }),
      ...((allowHosts ?? denyHosts) && { reach: { allow: allowHosts ?? 'any', deny: denyHosts ?? [] } }),
    }),
  )
  const { url, loginUrl, embedded: state } = site
  const kept = stack.move()
  return { url, loginUrl, embedded: state, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

async function readTls({ tlsCert, tlsKey }: ServeOptions): Promise<Tls | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined
  if (tlsCert === undefined || tlsKey === undefined)
    throw new AppError('USAGE', 'A certificate needs its key: give both --tls-cert and --tls-key.')
  const tls = { cert: await readPem(tlsCert, 'tls-cert'), key: await readPem(tlsKey, 'tls-key') }
  try {
    createSecureContext(tls)
    return tls
  } catch (cause) {
    const sentence = `The certificate in ${tlsCert} cannot be used with the key in ${tlsKey}: both must be PEM and belong together.`
    throw new AppError('USAGE', sentence, { place: { file: tlsCert }, cause })
  }
}

async function readPem(path: string, option: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const sentence = `The file of --${option}, ${path}, cannot be read.`
    throw new AppError('FILE_UNREADABLE', sentence, { place: { file: path }, cause })
  }
}

function oidcOptions({ oidcSecret }: Config, options: ServeOptions): OidcOptions | undefined {
  const { oidcIssuer, oidcClientId, oidcScope, oidcRolesClaim, oidcRoles, oidcAudience } = options
  if (oidcIssuer === undefined && oidcClientId === undefined) return undefined
  if (oidcIssuer === undefined || oidcClientId === undefined)
    throw new AppError('USAGE', 'Login by OIDC needs both --oidc-issuer and --oidc-client-id.')
  return {
    issuer: oidcIssuer,
    clientId: oidcClientId,
    ...(oidcSecret !== undefined && { clientSecret: oidcSecret }),
    ...(oidcScope !== undefined && { scope: oidcScope }),
    ...(oidcRolesClaim !== undefined && { rolesClaim: oidcRolesClaim }),
    ...(oidcRoles && { roles: oidcRoles }),
    ...(oidcAudience !== undefined && { audience: oidcAudience }),
  }
}
