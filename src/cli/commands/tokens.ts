import { Option, type Command } from 'commander'
import type { Principal } from '../../access/index.ts'
import { AppError, createApiTokenSchema, issueSentence, roles, type Role } from '../../shared/index.ts'
import { commandLine } from '../audit-entry.ts'
import type { Context } from '../context.ts'
import { addCommon, type CommonOptions } from '../options.ts'
import { textTable } from '../text-table.ts'
import { positiveNumber } from '../values.ts'

interface CreateOptions extends CommonOptions {
  scope: Role
  days: number
}

/** Whoever can write the data folder may do what the one-time link's user may. */
const owner: Principal = { user: 'local', role: 'admin', way: 'link', sessionId: null, expiresAt: null }

export function addTokens(program: Command, context: Context): void {
  const tokens = program.command('tokens').description('API tokens, for programs that use the HTTP API.')
  addCommon(tokens.command('list').description('Lists the API tokens.')).action((options: CommonOptions) =>
    list(options, context),
  )
  addCommon(
    tokens
      .command('create')
      .description('Creates an API token and shows it once.')
      .argument('<NAME>', 'what it is for')
      .addOption(new Option('--scope <ROLE>', 'what it may do').choices(roles).makeOptionMandatory())
      .option('--days <N>', 'how long it holds, at most 366', positiveNumber, 90),
  )
    .addHelpText(
      'after',
      `
Example:
  TOKEN=$(flathouse tokens create nightly --scope operator)
  curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8080/api/v1/runs`,
    )
    .action((name: string, options: CreateOptions) => create(name, options, context))
  addCommon(
    tokens.command('revoke').description('Ends an API token.').argument('<ID>', 'as the list shows it'),
  ).action((id: string, options: CommonOptions) => revoke(id, options, context))
}

async function list(options: CommonOptions, context: Context): Promise<void> {
  await using local = await context.access(options)
  const tokens = await local.access.tokens.list(owner)
  const rows = tokens.map(({ id, name, user, scope, expiresAt, usedAt }) => [
    id,
    name,
    user,
    scope,
    expiresAt,
    usedAt ?? 'never',
  ])
  const { stdout } = context
  if (options.json) stdout.write(`${JSON.stringify({ tokens })}\n`)
  else if (tokens.length === 0) stdout.write('There are no API tokens.\n')
  else stdout.write(textTable(['id', 'name', 'user', 'scope', 'ends', 'last used'], rows))
}

async function create(name: string, options: CreateOptions, context: Context): Promise<void> {
  const { scope, days } = options
  const given = createApiTokenSchema.safeParse({ name, scope, days })
  if (!given.success)
    throw new AppError('USAGE', `The token cannot be created: ${issueSentence(given.error)}`)
  await using local = await context.access(options)
  const { access } = local
  const created = await access.tokens.create(owner, given.data)
  await access.audit.add(commandLine('token.create', name))
  if (options.json) {
    context.stdout.write(`${JSON.stringify(created)}\n`)
    return
  }
  // Alone on standard output, so that a script can take it.
  context.stdout.write(`${created.token}\n`)
  context.stderr.write(`This is the only time it is shown. It ends ${created.expiresAt}.\n`)
}

async function revoke(id: string, options: CommonOptions, context: Context): Promise<void> {
  await using local = await context.access(options)
  const { access } = local
  await access.tokens.revoke(owner, id)
  await access.audit.add(commandLine('token.revoke', id))
  context.stdout.write(options.json ? `${JSON.stringify({ revoked: id })}\n` : 'The token is revoked.\n')
}
