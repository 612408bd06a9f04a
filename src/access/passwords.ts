import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import PQueue from 'p-queue'

export interface Passwords {
  hash(password: string): Promise<string>
  /** Takes the same time when there is no hash to compare with. */
  matches(password: string, kept: string | undefined): Promise<boolean>
  /** Ends when no password is being looked at. */
  idle(): Promise<void>
}

const kib = 32 * 1024
const passes = 3

/** argon2id. A flood of logins waits here: it takes neither all the memory nor all of Node's threads. */
export function passwords(): Passwords {
  const queue = new PQueue({ concurrency: 2 })
  const options = { memoryCost: kib, timeCost: passes, parallelism: 1 }
  const nobodys = `$argon2id$v=19$m=${kib},t=${passes},p=1$${base64(16)}$${base64(32)}`
  return {
    hash: (password) => queue.add(() => hash(plain(password), options)),
    matches: (password, kept) => queue.add(() => verify(kept ?? nobodys, plain(password))),
    idle: () => queue.onIdle(),
  }
}

/** The same password typed on another system may come in another form of Unicode. */
const plain = (password: string): string => password.normalize('NFKC')

const base64 = (bytes: number): string => randomBytes(bytes).toString('base64').replaceAll('=', '')
