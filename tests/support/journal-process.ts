import { createInterface } from 'node:readline'
import { openJournal, type Journal } from '../../src/store/index.ts'

/** A process of its own that does to a journal what each line says, and prints what came of it. */
const journal = await openJournal(process.argv[2] ?? '')
for await (const line of createInterface(process.stdin)) {
  const [call, ...args] = JSON.parse(line) as [keyof Journal, ...never[]]
  const answer = await (journal[call] as (...args: never[]) => Promise<unknown>)(...args)
  console.log(JSON.stringify(answer ?? null))
}
await journal[Symbol.asyncDispose]()
