import { Option, type Command } from 'commander'
import {
  AppError,
  connectionSchema,
  defaultRetry,
  issueSentence,
  verifications,
  type Connection,
  type Mapping,
  type ServerChoice,
  type VerifyMode,
} from '../shared/index.ts'
import type { Places } from './context.ts'
import { oneOf } from './file-values.ts'
import { attemptCount, connectionUrl, mappings, nameList, positiveNumber, setting } from './values.ts'

/** Groups of options that several commands share, and what they come to. */

export interface CommonOptions extends Places {
  json?: boolean
}

export const addCommon = (command: Command): Command =>
  command
    .optionsGroup('General:')
    .option('--json', 'print one JSON object on standard output and nothing else there')
    .option('--data <DIR>', 'where the embedded database and its files are (also FLATHOUSE_DATA)')
    .option('--workspace <DIR>', 'refuse files outside this folder (also FLATHOUSE_WORKSPACE)')

/** How to reach a ClickHouse that is not saved. */
export interface WayOptions {
  url?: Connection
  connectTimeout?: number
  requestTimeout?: number
  setting?: Record<string, string>
  issuer?: string
  clientId?: string
  scope?: string
  audience?: string
}

export interface ConnectionOptions extends WayOptions {
  connection?: string
}

export const addConnection = (command: Command): Command =>
  addWay(
    command
      .optionsGroup('Connection (none: the embedded database):')
      .addOption(new Option('--connection <NAME>', 'a saved connection').conflicts('url')),
  )

export const addWay = (command: Command): Command =>
  command
    .option(
      '--url <URL>',
      'http(s)://user@host:port/database; FLATHOUSE_PASSWORD or FLATHOUSE_TOKEN in the environment',
      connectionUrl,
    )
    .option('--ca <FILE>', 'certificate (PEM) of the authority that signed the server’s')
    .option('--cert <FILE>', 'client certificate (PEM)')
    .option('--key <FILE>', 'key of the client certificate (PEM)')
    .option('--connect-timeout <S>', 'seconds until a connection stands (default: 10)', positiveNumber)
    .option('--request-timeout <S>', 'seconds without a byte (default: no limit)', positiveNumber)
    .option('--setting <NAME=VALUE>', 'a ClickHouse setting of every statement (repeatable)', setting)
    .option(
      '--issuer <URL>',
      'identity provider that gives out tokens; FLATHOUSE_CLIENT_SECRET in the environment',
    )
    .option('--client-id <ID>', 'of Flathouse at the identity provider')
    .option('--scope <SCOPE>', 'what the tokens are asked for')
    .option('--audience <NAME>', 'whom the tokens are asked for')

export interface MovedOptions {
  columns?: string[]
  map?: Mapping[]
  verify?: VerifyMode
  attempts?: number
  dryRun?: boolean
}

export const addMoved = (command: Command): Command =>
  command
    .optionsGroup('What to move:')
    .option('--columns <NAMES>', 'the source columns, in order (left out: all)', nameList)
    .option('--map <PAIRS>', 'new names: old=new,…', mappings)
    .option(
      '--verify <HOW>',
      `what is compared at the end: ${verifications.join(', ')} (default: count)`,
      oneOf(verifications),
    )
    .option(
      '--attempts <N>',
      `how often it is tried when the network or a server fails (default: ${defaultRetry.attempts})`,
      attemptCount,
    )
    .option('--dry-run', 'show what would happen, and be rejected, and change nothing')

/** The part of a transfer that every direction has. */
export const movedPart = ({ columns, map, verify, attempts }: MovedOptions) => ({
  ...(columns && { columns }),
  map: map ?? [],
  verify: verify ?? 'count',
  ...(attempts !== undefined && { retry: { ...defaultRetry, attempts } }),
})

export function serverChoice(options: ConnectionOptions): ServerChoice {
  const { connection, ...way } = options
  return connection ?? wayOf(way) ?? 'embedded'
}

/** @throws {AppError} USAGE */
export function wayOf(options: WayOptions): Connection | undefined {
  const { url, connectTimeout, requestTimeout, setting: settings } = options
  const tokenSource = tokenSourceOf(options)
  const more = {
    ...(connectTimeout !== undefined && { connectTimeout }),
    ...(requestTimeout !== undefined && { requestTimeout }),
    ...(settings && { settings }),
    ...(tokenSource && { tokenSource }),
  }
  if (url !== undefined) {
    const parsed = connectionSchema.safeParse({ ...url, ...more })
    if (parsed.success) return parsed.data
    throw new AppError('USAGE', `The connection cannot be used: ${issueSentence(parsed.error)}`)
  }
  if (Object.keys(more).length === 0) return undefined
  throw new AppError(
    'USAGE',
    'Timeouts, settings and an identity provider are given together with --url only.',
  )
}

function tokenSourceOf({ issuer, clientId, scope, audience }: WayOptions) {
  const given = {
    ...(issuer !== undefined && { issuer }),
    ...(clientId !== undefined && { clientId }),
    ...(scope !== undefined && { scope }),
    ...(audience !== undefined && { audience }),
  }
  if (Object.keys(given).length === 0) return undefined
  if (issuer !== undefined && clientId !== undefined) return given
  throw new AppError('USAGE', 'An identity provider takes both --issuer and --client-id.')
}
