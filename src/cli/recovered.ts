import { isSameWay, recover, whatStays, type Recovered, type Surroundings } from '../runs/index.ts'
import type { Secrets, ServerChoice, Transfer } from '../shared/index.ts'
import type { Context } from './context.ts'
import { oneLine } from './text-table.ts'
import { number } from './words.ts'

/** A server that does not answer must not keep a command from its work for long. */
const patienceMs = 3000

/** Ends what killed commands have left behind where it can be reached; tells it in a line each. */
export async function recoverBefore(
  document: Transfer,
  surroundings: Surroundings & { secrets: Secrets },
  { stderr, signal }: Pick<Context, 'signal'> & { stderr: { write: (text: string) => unknown } },
): Promise<void> {
  // Secrets were given for the servers of this transfer, and are shown to no other.
  const hasSecrets = Object.keys(surroundings.secrets).length > 0
  const mayAsk = (choice: ServerChoice) =>
    choice === 'embedded' || !hasSecrets || serversOf(document).some((own) => isSameServer(own, choice))
  // Every transfer needs it, and it starts while the journal is opened. What is wrong with either is said by the first
  // that cannot do without.
  const starting = surroundings.server('embedded').then((embedded) => embedded[Symbol.asyncDispose]())
  const recovering = recover(surroundings, { mayAsk, patienceMs, signal })
  const [recovered] = await Promise.allSettled([recovering, starting])
  if (recovered.status === 'rejected') return
  for (const one of recovered.value) {
    for (const line of describeRecovered(one)) stderr.write(`${oneLine(line)}\n`)
  }
}

const serversOf = ({ source, target }: Transfer): ServerChoice[] =>
  [source, target].flatMap((end) => (end.kind === 'file' ? [] : [end.server]))

const isSameServer = (one: ServerChoice, other: ServerChoice): boolean =>
  typeof one === 'string' || typeof other === 'string' ? one === other : isSameWay(one, other)

function describeRecovered(recovered: Recovered): string[] {
  const { entry, outcome, problem } = recovered
  const isOld = entry.committing?.isComplete === true && problem !== undefined
  const became = isOld ? undefined : whatBecame(recovered)
  const isLeft = problem !== undefined && (outcome === 'completed' || !entry.committing)
  const { label, database, staging, runId } = entry
  const left = `The table ${database}.${staging} on ${label}, which the run ${runId} has left, is still there: ${problem?.message ?? ''}`
  return [...(became === undefined ? [] : [became]), ...(isLeft ? [left] : [])]
}

function whatBecame({ entry, outcome, problem }: Recovered): string | undefined {
  const { runId, startedAt, label, database, staging, target, committing } = entry
  const day = startedAt.slice(0, 10)
  const run = `The run ${runId} of ${day}, ended ${committing ? 'while it committed' : 'before it was complete'},`
  switch (outcome) {
    case 'completed': {
      const rows = committing?.report.rowsWritten ?? 0
      return `${run} was completed: ${number(rows)} ${rows === 1 ? 'row' : 'rows'} in ${database}.${target}.`
    }
    case 'dropped':
      return `${run} was cleared away: ${whatStays(entry)}.`
    case 'unclear':
      return `${run} cannot be completed, because whether all its rows have arrived in ${database}.${target} cannot be told: they are kept in ${database}.${staging} on ${label}.`
    case 'abandoned':
      return `${run} cannot be completed any more, because somebody has dropped ${database}.${staging} on ${label}, which had what was missing: look whether ${database}.${target} has all its rows.`
    case 'unreachable':
      return committing
        ? `${run} is not completed yet: ${problem?.message ?? `${label} could not be asked.`}`
        : undefined
  }
}
