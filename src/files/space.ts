import { statfs } from 'node:fs/promises'
import { AppError } from '../shared/index.ts'
import { fileError, printable, translating } from './errors.ts'

/** bytes; so much of a disk stays free, or a twentieth of a small one. */
const usualFloor = 64 * 1_048_576
const lookMs = 200

/** bytes, of the disk that holds a folder */
export async function freeSpace(folder: string): Promise<number> {
  return (await spaceOf(folder)).free
}

/** Fails before a long transfer when the disk that holds `folder` certainly cannot take `bytes` more. */
export async function checkSpace(folder: string, bytes: number): Promise<void> {
  const free = await freeSpace(folder)
  if (free >= bytes) return
  throw new AppError(
    'DISK_FULL',
    `The disk of "${printable(folder)}" has ${free} bytes free and ${bytes} are needed.`,
    { place: { file: printable(folder) } },
  )
}

/** Looks after the disk of a file while that is written. */
export interface SpaceWatch extends Disposable {
  /** Aborted, with the reason, before the disk is full. */
  readonly full: AbortSignal
}

/**
 * @param name what a person calls the file
 * @param floor bytes that stay free; left out: 64 MiB, and no more than a twentieth of the disk
 * @throws {AppError} DISK_FULL when there are no more even now
 */
export async function watchSpace(folder: string, name: string, floor?: number): Promise<SpaceWatch> {
  const scarce = async (): Promise<AppError | undefined> => {
    const { free, size } = await spaceOf(folder)
    const least = floor ?? Math.min(usualFloor, size / 20)
    return free < least ? nearlyFull(name, free) : undefined
  }
  const before = await scarce()
  if (before) throw before
  const full = new AbortController()
  const look = async () => {
    const found = await scarce()
    if (found) full.abort(found)
  }
  // What cannot be looked at now may be later, and the writing itself fails on a full disk.
  const timer = setInterval(() => void look().catch(() => undefined), lookMs)
  return { full: full.signal, [Symbol.dispose]: () => clearInterval(timer) }
}

const nearlyFull = (name: string, free: number): AppError =>
  fileError(
    'DISK_FULL',
    name,
    (shown) =>
      `The disk is nearly full: ${shown} was given up with ${Math.floor(free / 1_048_576)} MiB left.`,
  )

async function spaceOf(folder: string): Promise<{ free: number; size: number }> {
  const { bavail, bsize, blocks } = await translating(folder, 'data', () => statfs(folder))
  return { free: bavail * bsize, size: blocks * bsize }
}
