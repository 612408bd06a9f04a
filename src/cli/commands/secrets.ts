import type { Command } from 'commander'
import type { Rotation } from '../../store/index.ts'
import { commandLine } from '../audit-entry.ts'
import type { Context } from '../context.ts'
import { addCommon, type CommonOptions } from '../options.ts'

export function addSecrets(program: Command, context: Context): void {
  const secrets = program.command('secrets').description('The secrets that are kept in the data folder.')
  const command = secrets
    .command('rotate')
    .summary('seal them with a new key')
    .description('Seals all kept secrets with a new key. Nothing may serve the data folder meanwhile.')
  addCommon(command)
    .addHelpText(
      'after',
      `
The key is in the file secrets.key of the data folder. Who keeps it in FLATHOUSE_SECRET_KEY puts a new one
before the old one, separated by a comma, runs this, and takes the old one away.

Examples:
  flathouse secrets rotate
  FLATHOUSE_SECRET_KEY="$(openssl rand -base64 32),$OLD_KEY" flathouse secrets rotate`,
    )
    .action(async (options: CommonOptions) => {
      const rotation = await context.rotateKey(options)
      await using local = await context.access(options)
      await local.access.audit.add(commandLine('secrets.rotate', null))
      context.stdout.write(options.json ? `${JSON.stringify(rotation)}\n` : describe(rotation))
    })
}

function describe({ sealed, unreadable, keyFile }: Rotation): string {
  const key =
    keyFile === null
      ? 'the first key of FLATHOUSE_SECRET_KEY; the others are needed no more'
      : `a new key, which is in ${keyFile}`
  const lost = unreadable > 0 ? `${unreadable} could not be read and must be given again.\n` : ''
  return `Sealed ${sealed} ${sealed === 1 ? 'secret' : 'secrets'} with ${key}.\n${lost}`
}
