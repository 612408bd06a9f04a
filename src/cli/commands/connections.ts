import type { Command } from 'commander'
import type { Context } from '../context.ts'
import {
  addCommon,
  addConnection,
  serverChoice,
  type CommonOptions,
  type ConnectionOptions,
} from '../options.ts'

export function addConnections(program: Command, context: Context): void {
  const connections = program.command('connections').description('Ways to reach a ClickHouse.')
  const command = connections
    .command('test')
    .summary('whether a ClickHouse can be reached')
    .description('Says whether a ClickHouse can be reached and used, and which one it is.')
  addCommon(addConnection(command))
    .addHelpText(
      'after',
      `
Examples:
  flathouse connections test
  FLATHOUSE_PASSWORD=… flathouse connections test --url https://me@host:8443/shop`,
    )
    .action(async (options: CommonOptions & ConnectionOptions) => {
      await using surroundings = await context.open(options)
      await using server = await surroundings.server(serverChoice(options))
      const { version, timezone } = await server.check()
      const { label, user, database } = server
      const found = { ok: true, server: label, version, timezone, user, database }
      context.stdout.write(
        options.json
          ? `${JSON.stringify(found)}\n`
          : `${label} answers: ClickHouse ${version}, as user ${user}, database ${database}, time zone ${timezone}.\n`,
      )
    })
}
