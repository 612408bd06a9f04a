import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { tryHold } from './hold.ts'

/** A table as it is asked for: one server under two addresses is taken for two. */
interface CommitTarget {
  label: string
  database: string
  target: string
}

interface Turn {
  /** Removes its file. */
  forget: () => void
  end: () => void
}

/**
 * Who may commit into a table: the one that holds its file. To be taken, forgotten and cleared only by one process at a
 * time, so that nobody waits for a file that is removed meanwhile.
 */
export class Turns {
  readonly #folder: string

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'commits')
  }

  /** Undefined while somebody else has it. */
  take({ label, database, target }: CommitTarget): Turn | undefined {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    const name = createHash('sha256')
      .update(JSON.stringify([label, database, target]))
      .digest('hex')
    return this.#hold(`${name}.sqlite`)
  }

  /** Forgets those of processes that have ended. */
  clear(): void {
    if (!existsSync(this.#folder)) return
    for (const name of readdirSync(this.#folder)) {
      const turn = this.#hold(name)
      turn?.forget()
      turn?.end()
    }
  }

  #hold(name: string): Turn | undefined {
    const path = join(this.#folder, name)
    const held = tryHold(path)
    return (
      held && {
        forget: () => {
          rmSync(path, { force: true })
        },
        end: () => {
          held[Symbol.dispose]()
        },
      }
    )
  }
}
