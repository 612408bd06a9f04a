import { once } from 'node:events'
import { isIP } from 'node:net'
import { InvalidArgumentError, type Command } from 'commander'
import type { Context, ServeOptions, Site } from '../context.ts'
import { addCommon, type CommonOptions } from '../options.ts'
import { byteSize, portNumber, roleNames, wholeNumber } from '../values.ts'

export function addServe(program: Command, context: Context): void {
  const command = program
    .command('serve')
    .summary('the web application')
    .description('Serves the web application and its API until it is stopped (Ctrl-C).')
    .option('--port <N>', 'the port to listen on; 0 takes a free one', portNumber, 8080)
    .option('--host <ADDRESS>', 'the address to listen on', '127.0.0.1')
    .option('--max-upload <SIZE>', 'of one file that is sent with the browser (default: 100GB)', byteSize)
    .option(
      '--grace <SECONDS>',
      'how long a commit that is going on may take when it is stopped (default: 30)',
      graceSeconds,
    )
  addPublic(command)
  addOidc(command)
  addCommon(command)
    .addHelpText(
      'after',
      `
The files of the workspace can be used in the browser; it is the current folder when it is left out. On this machine
one logs in by the link that is printed at the end. To let others in, it must be clear how they log in, who speaks TLS,
by which address they come, and where connections may lead.

Examples:
  flathouse serve
  flathouse serve --port 9000 --workspace ~/exports
  flathouse users add ada --role admin
  flathouse serve --host 0.0.0.0 --trust-proxy 10.0.0.2 --public-url https://flathouse.example.org --allow-hosts any`,
    )
    .action(async (options: CommonOptions & ServeOptions) => {
      await using site = await context.serve(options)
      context.stdout.write(options.json ? forProgram(site) : forPerson(site))
      if (!context.signal.aborted) await once(context.signal, 'abort')
    })
}

const day = 86_400

function graceSeconds(text: string): number {
  const seconds = wholeNumber(text)
  if (seconds > day) throw new InvalidArgumentError(`Give seconds: a whole number up to ${day}.`)
  return seconds
}

const addPublic = (command: Command): Command =>
  command
    .optionsGroup('For others than the users of this machine:')
    .option(
      '--public-url <URL>',
      'the address in their browsers, such as https://flathouse.example.org',
      origin,
    )
    .option('--tls-cert <FILE>', 'certificate (PEM), to speak TLS without a proxy')
    .option('--tls-key <FILE>', 'key of the certificate (PEM)')
    .option('--trust-proxy <ADDRESSES>', 'proxies whose X-Forwarded headers are believed', addresses)
    .option(
      '--allow-hosts <LIST>',
      'hosts that connections may lead to: names, addresses, ranges, or any',
      hosts,
    )
    .option('--deny-hosts <LIST>', 'hosts that connections may not lead to', list)

const addOidc = (command: Command): Command =>
  command
    .optionsGroup('Login by an identity provider (OIDC; FLATHOUSE_OIDC_SECRET in the environment):')
    .option('--oidc-issuer <URL>', 'the provider')
    .option('--oidc-client-id <ID>', 'how it knows this Flathouse')
    .option('--oidc-scope <SCOPE>', 'what is asked for (default: openid profile email)')
    .option('--oidc-roles-claim <PATH>', 'the claim that holds viewer, operator or admin (default: roles)')
    .option(
      '--oidc-roles <PAIRS>',
      'what its values mean here: group=admin,… (default: the roles themselves)',
      roleNames,
    )
    .option('--oidc-audience <AUDIENCE>', 'of Bearer tokens of the provider (default: the client id)')

const forProgram = ({ url, loginUrl, embedded }: Site): string =>
  `${JSON.stringify({ url, loginUrl, embedded })}\n`

const forPerson = ({ url, loginUrl }: Site): string => {
  const where = `Flathouse is at ${url} (Ctrl-C stops it).\n`
  if (loginUrl === null) return where
  return `${where}This link logs you in, once and within ten minutes; "flathouse login" prints another:\n${loginUrl}\n`
}

function list(text: string): string[] {
  const items = text.split(',').map((item) => item.trim())
  if (items.includes('')) throw new InvalidArgumentError('Give a list separated by commas.')
  return items
}

const hosts = (text: string): string[] | 'any' => (text === 'any' ? text : list(text))

function addresses(text: string): string[] {
  const items = list(text)
  for (const item of items) {
    const [address = '', bits, ...more] = item.split('/')
    const most = isIP(address) === 6 ? 128 : 32
    const isRange = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) > 0 && Number(bits) <= most)
    if (isIP(address) === 0 || !isRange || more.length > 0)
      throw new InvalidArgumentError('Give addresses or ranges such as 10.0.0.2,192.168.0.0/16.')
  }
  return items
}

function origin(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`)
    throw new InvalidArgumentError('Give an address without a path, such as https://flathouse.example.org.')
  return url
}
