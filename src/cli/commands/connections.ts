import type { Command } from 'commander'
import { secretsFor } from '../../runs/index.ts'
import { AppError, connectionNameSchema, issueSentence } from '../../shared/index.ts'
import { commandLine } from '../audit-entry.ts'
import { describeSaved, describeTest, listConnections } from '../connection-report.ts'
import type { Context } from '../context.ts'
import {
  addCommon,
  addConnection,
  addWay,
  serverChoice,
  wayOf,
  type CommonOptions,
  type ConnectionOptions,
  type WayOptions,
} from '../options.ts'
import { Reported } from '../reported.ts'

export function addConnections(program: Command, context: Context): void {
  const connections = program.command('connections').description('Ways to reach a ClickHouse.')
  addCommon(connections.command('list').description('Lists the saved connections.')).action(
    (options: CommonOptions) => list(options, context),
  )
  addAdd(connections, context)
  addTest(connections, context)
  addCommon(
    connections
      .command('remove')
      .description('Forgets a saved connection and its secrets.')
      .argument('<NAME>'),
  ).action((name: string, options: CommonOptions) => remove(name, options, context))
}

function addAdd(connections: Command, context: Context): void {
  const command = connections
    .command('add')
    .summary('save one, or change it')
    .description('Saves a connection, or changes the one of that name. Its secrets are kept encrypted.')
    .argument('<NAME>')
  addCommon(addWay(command.optionsGroup('Connection:')))
    .addHelpText(
      'after',
      `
The password, token or client secret is taken from FLATHOUSE_PASSWORD, FLATHOUSE_TOKEN or FLATHOUSE_CLIENT_SECRET
in the environment. Without any, those that are kept stay, as long as the server and the user do.

Examples:
  FLATHOUSE_PASSWORD=… flathouse connections add prod --url https://me@host:8443/shop
  flathouse connections add lab --url https://me@host:8443/shop --cert me.crt --key me.key --ca lab.crt
  FLATHOUSE_CLIENT_SECRET=… flathouse connections add cloud --url https://me@host/shop \\
    --issuer https://login.example.org --client-id flathouse --audience clickhouse`,
    )
    .action((name: string, options: CommonOptions & WayOptions) => add(name, options, context))
}

function addTest(connections: Command, context: Context): void {
  const command = connections
    .command('test')
    .summary('whether a ClickHouse can be reached')
    .description('Says, step by step, whether a ClickHouse can be reached and used, and which one it is.')
  addCommon(addConnection(command))
    .addHelpText(
      'after',
      `
Examples:
  flathouse connections test
  flathouse connections test --connection prod
  FLATHOUSE_PASSWORD=… flathouse connections test --url https://me@host:8443/shop`,
    )
    .action((options: CommonOptions & ConnectionOptions) => test(options, context))
}

async function list(options: CommonOptions, context: Context): Promise<void> {
  await using opened = await context.open(options)
  const connections = await opened.connections.list()
  context.stdout.write(
    options.json ? `${JSON.stringify({ connections })}\n` : listConnections(connections, Date.now()),
  )
}

async function add(name: string, options: CommonOptions & WayOptions, context: Context): Promise<void> {
  const known = connectionNameSchema.safeParse(name)
  if (!known.success)
    throw new AppError('USAGE', `A connection cannot be called "${name}": ${issueSentence(known.error)}`)
  const connection = wayOf(options)
  if (connection === undefined) throw new AppError('USAGE', 'A connection takes --url.')
  await using opened = await context.open(options)
  const given = secretsFor(connection, opened.secrets)
  const secrets = Object.keys(given).length > 0 ? given : undefined
  const saved = await opened.connections.save(name, { connection, secrets, remember: true })
  await audit('connection.save', name, options, context)
  context.stdout.write(options.json ? `${JSON.stringify(saved)}\n` : describeSaved(saved))
}

async function test(options: CommonOptions & ConnectionOptions, context: Context): Promise<void> {
  const choice = serverChoice(options)
  await using opened = await context.open(options)
  const tried = await opened.connections.test(
    typeof choice === 'string' ? { name: choice } : { connection: choice },
  )
  const ok = tried.error === null
  context.stdout.write(options.json ? `${JSON.stringify({ ok, ...tried })}\n` : describeTest(tried))
  if (tried.error === null) return
  if (!options.json) context.stderr.write(`${tried.error.message}\n${tried.error.hint}\n`)
  throw new Reported(connectionFailed)
}

const connectionFailed = 3

async function remove(name: string, options: CommonOptions, context: Context): Promise<void> {
  await using opened = await context.open(options)
  await opened.connections.remove(name)
  await audit('connection.remove', name, options, context)
  context.stdout.write(options.json ? `${JSON.stringify({ removed: name })}\n` : `"${name}" is removed.\n`)
}

async function audit(action: string, name: string, options: CommonOptions, context: Context): Promise<void> {
  await using local = await context.access(options)
  await local.access.audit.add(commandLine(action, name))
}
