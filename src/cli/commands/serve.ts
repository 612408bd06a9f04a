import { once } from 'node:events'
import type { Command } from 'commander'
import type { Context, ServeOptions } from '../context.ts'
import { addCommon, type CommonOptions } from '../options.ts'
import { portNumber } from '../values.ts'

export function addServe(program: Command, context: Context): void {
  const command = program
    .command('serve')
    .summary('the web application')
    .description('Serves the web application and its API to this machine until it is stopped (Ctrl-C).')
    .option('--port <N>', 'the port to listen on; 0 takes a free one', portNumber, 8080)
    .option('--host <ADDRESS>', 'the address to listen on, which must be of this machine itself', '127.0.0.1')
  addCommon(command)
    .addHelpText(
      'after',
      `
The files of the workspace can be used in the browser; it is the current folder when it is left out.

Examples:
  flathouse serve
  flathouse serve --port 9000 --workspace ~/exports`,
    )
    .action(async (options: CommonOptions & ServeOptions) => {
      await using site = await context.serve(options)
      const { url, embedded } = site
      context.stdout.write(
        options.json
          ? `${JSON.stringify({ url, loginUrl: null, embedded })}\n`
          : `Flathouse is at ${url} (Ctrl-C stops it).\n`,
      )
      if (!context.signal.aborted) await once(context.signal, 'abort')
    })
}
