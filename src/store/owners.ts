import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { tryHold } from './hold.ts'

const suffix = '.sqlite'

/**
 * Who is alive of those that write into one journal: each holds a file of its own. To be used only by one process at a
 * time, so that no file is looked at between its making and its being held.
 */
export class Owners {
  readonly #folder: string
  #own: { id: string; held: Disposable } | undefined

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'owners')
  }

  /** The name of this process, which is held from the first time that it is asked for. */
  me(): string {
    if (this.#own) return this.#own.id
    const id = randomUUID()
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    const held = tryHold(this.#path(id))
    if (!held) throw new Error(`the file of the new owner ${id} is held`)
    this.#own = { id, held }
    return id
  }

  /** The same, unless it was never asked for. */
  get own(): string | undefined {
    return this.#own?.id
  }

  /** Forgets those that have ended, and names the others. */
  living(): Set<string> {
    const others = this.known().filter((id) => id !== this.own)
    const living = others.filter((id) => !this.#hasEnded(id))
    return new Set(this.own === undefined ? living : [...living, this.own])
  }

  /** Living or not. */
  known(): string[] {
    try {
      const names = readdirSync(this.#folder).filter((name) => name.endsWith(suffix))
      return names.map((name) => name.slice(0, -suffix.length))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  }

  leave(): void {
    if (!this.#own) return
    this.#remove(this.#own.id)
    this.#own.held[Symbol.dispose]()
    this.#own = undefined
  }

  #hasEnded(id: string): boolean {
    using held = tryHold(this.#path(id))
    if (held) this.#remove(id)
    return held !== undefined
  }

  #path(id: string): string {
    return join(this.#folder, `${id}${suffix}`)
  }

  #remove(id: string): void {
    rmSync(this.#path(id), { force: true })
  }
}
