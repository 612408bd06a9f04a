import { Option, type Command } from 'commander'
import { isSameName } from '../../access/index.ts'
import {
  AppError,
  passwordSchema,
  roles,
  userNameSchema,
  type Role,
  type SaveUser,
} from '../../shared/index.ts'
import { commandLine } from '../audit-entry.ts'
import type { Context } from '../context.ts'
import { addCommon, type CommonOptions } from '../options.ts'
import { readSecret } from '../secret.ts'
import { textTable } from '../text-table.ts'

interface UserOptions extends CommonOptions {
  role?: Role
  password?: boolean
  disable?: boolean
  enable?: boolean
}

/** Whoever can write the data folder is its administrator: these commands ask for no login. */
export function addUsers(program: Command, context: Context): void {
  const users = program.command('users').description('Who may log in to the web application with a password.')
  addCommon(users.command('list').description('Lists the users.')).action((options: CommonOptions) =>
    list(options, context),
  )
  addCommon(
    users
      .command('add')
      .description('Adds a user; the password is asked for, or read from standard input.')
      .argument('<NAME>')
      .addOption(roleOption().makeOptionMandatory()),
  )
    .addHelpText(
      'after',
      `
viewer sees runs and files; operator also runs transfers; admin also keeps connections and users.

Examples:
  flathouse users add ada --role admin
  printf %s "$PASSWORD" | flathouse users add ben --role viewer`,
    )
    .action((name: string, options: UserOptions) => add(name, options, context))
  addCommon(
    users
      .command('set')
      .description('Changes a user, and ends their sessions.')
      .argument('<NAME>')
      .addOption(roleOption())
      .option('--password', 'a new password, asked for or read from standard input')
      .addOption(new Option('--disable', 'let the user in no more').conflicts('enable'))
      .option('--enable', 'let the user in again'),
  ).action((name: string, options: UserOptions) => set(name, options, context))
  addCommon(
    users
      .command('remove')
      .description('Removes a user with their sessions and API tokens.')
      .argument('<NAME>'),
  ).action((name: string, options: CommonOptions) => remove(name, options, context))
}

const roleOption = () => new Option('--role <ROLE>', 'what the user may do').choices(roles)

async function list(options: CommonOptions, context: Context): Promise<void> {
  await using local = await context.access(options)
  const users = await local.access.users.list()
  const rows = users.map(({ name, role, isDisabled, createdAt }) => [
    name,
    role,
    isDisabled ? 'disabled' : 'may log in',
    createdAt,
  ])
  const { stdout } = context
  if (options.json) stdout.write(`${JSON.stringify({ users })}\n`)
  else if (users.length === 0) stdout.write('There are no users: add one with "flathouse users add".\n')
  else stdout.write(textTable(['user', 'role', 'state', 'added'], rows))
}

async function add(name: string, options: UserOptions, context: Context): Promise<void> {
  await using local = await context.access(options)
  const { access } = local
  const given = userNameSchema.safeParse(name)
  if (!given.success || name.toLowerCase() === 'local')
    throw new AppError('USAGE', `"${name}" cannot be the name of a user.`)
  if ((await access.users.list()).some((user) => isSameName(user.name, name)))
    throw new AppError('USAGE', `There is a user ${name} already; change them with "flathouse users set".`)
  const password = await newPassword(context)
  const user = await access.users.save(name, { role: options.role, password })
  await access.audit.add(commandLine('user.save', name))
  say(context, options, user, `${user.name} may log in as ${user.role}.`)
}

async function set(name: string, options: UserOptions, context: Context): Promise<void> {
  const { role, password, disable, enable } = options
  if (!role && !password && !disable && !enable)
    throw new AppError('USAGE', 'Say what to change: --role, --password, --disable or --enable.')
  await using local = await context.access(options)
  const { access } = local
  const change: SaveUser = {
    ...(role && { role }),
    ...(password && { password: await newPassword(context) }),
    ...((disable ?? enable) && { isDisabled: disable === true }),
  }
  const user = await access.users.save(name, change)
  await access.audit.add(commandLine('user.save', name))
  const state = user.isDisabled ? 'may not log in' : `may log in as ${user.role}`
  say(context, options, user, `${user.name} ${state}; their sessions have ended.`)
}

async function remove(name: string, options: CommonOptions, context: Context): Promise<void> {
  await using local = await context.access(options)
  const { access } = local
  await access.users.remove(name)
  await access.audit.add(commandLine('user.remove', name))
  say(context, options, { removed: name }, `${name} is removed.`)
}

async function newPassword(context: Context): Promise<string> {
  const password = await readSecret('New password: ', context)
  const checked = passwordSchema.safeParse(password)
  if (checked.success) return checked.data
  throw new AppError('USAGE', 'The password is not taken: it must have at least 12 characters.')
}

function say({ stdout }: Context, { json }: CommonOptions, result: object, sentence: string): void {
  stdout.write(json ? `${JSON.stringify(result)}\n` : `${sentence}\n`)
}
