import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { parse, YAMLParseError } from 'yaml'
import { AppError, issueSentence, requestedTransferSchema, type Transfer } from '../../shared/index.ts'
import { addCommon, type CommonOptions } from '../options.ts'
import type { Move } from '../transfer.ts'

export function addRun(program: Command, move: Move): void {
  const command = program
    .command('run')
    .summary('a transfer from a YAML document')
    .description('Runs a transfer as a YAML (or JSON) document describes it.')
    .argument('<FILE>', 'the document, or - for standard input')
    .option('--dry-run', 'show what would happen and change nothing')
    .option('--rejects <FILE>', 'where to put the rejects of an import that skips them')
    .option('--ca <FILE>', 'certificate (PEM) of the authority that signed the server’s')
    .option('--cert <FILE>', 'client certificate (PEM)')
    .option('--key <FILE>', 'key of the client certificate (PEM)')
  addCommon(command)
    .addHelpText(
      'after',
      `
Examples:
  flathouse run nightly.yaml --dry-run
  FLATHOUSE_PASSWORD=… flathouse run nightly.yaml --json`,
    )
    .action(async (path: string, options: CommonOptions & { dryRun?: boolean; rejects?: string }) => {
      await move(await readTransfer(path), options)
    })
}

async function readTransfer(path: string): Promise<Transfer> {
  const name = path === '-' ? 'standard input' : path
  const parsed = requestedTransferSchema.safeParse(parseYaml(await readDocument(path), name))
  if (parsed.success) return parsed.data
  throw new AppError('USAGE', `${name} is no transfer: ${issueSentence(parsed.error)}`, {
    place: { file: name },
  })
}

async function readDocument(path: string): Promise<string> {
  if (path === '-') return await text(process.stdin)
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new AppError(
      isMissing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      isMissing ? `There is no file ${path}.` : `The file ${path} cannot be read.`,
      { place: { file: path }, cause },
    )
  })
}

function parseYaml(document: string, name: string): unknown {
  try {
    return parse(document) as unknown
  } catch (error) {
    // Their messages quote the document, which may hold what it should not.
    const known = error instanceof YAMLParseError ? error : undefined
    const line = known?.linePos?.[0].line
    throw new AppError('USAGE', `${name}${line === undefined ? '' : `, line ${line},`} is not YAML.`, {
      place: { file: name, ...(line !== undefined && { line }) },
      ...(known && { detail: known.code }),
    })
  }
}
