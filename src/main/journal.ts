import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Journal } from '../store/index.ts'

/** The journal of a data folder, opened when it is first written or there is something in the folder to read. */
export function openJournalLazily(dataDir: string): Journal & AsyncDisposable {
  let opening: ReturnType<typeof open> | undefined
  const journal = () => (opening ??= open(dataDir))
  return {
    begin: async (entry) => (await journal()).begin(entry),
    beginCommit: async (entry, committing) => (await journal()).beginCommit(entry, committing),
    undoCommit: async (entry) => (await journal()).undoCommit(entry),
    completeCommit: async (entry) => (await journal()).completeCommit(entry),
    end: async (entry) => (await journal()).end(entry),
    release: async (entry) => (await journal()).release(entry),
    takeOrphans: async () =>
      existsSync(join(dataDir, 'state.sqlite')) ? (await journal()).takeOrphans() : [],
    openRuns: async () => (await journal()).openRuns(),
    takeTurn: async (entry) => (await journal()).takeTurn(entry),
    // One that could not be opened has told so to whoever asked for it.
    [Symbol.asyncDispose]: async () => (await opening?.catch(() => undefined))?.[Symbol.asyncDispose](),
  }
}

// Loading it takes time.
const open = async (dataDir: string) => (await import('../store/index.ts')).openJournal(dataDir)
