import { constants } from 'node:fs'
import {
  access,
  chmod,
  copyFile,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { DataStore, Upload } from '@tus/server'
import { AppError } from '../shared/index.ts'
import { errnoOf, printable, translating } from './errors.ts'
import { freeBytes } from './folder.ts'
import { requireUnmoved } from './held.ts'
import type { Fence } from './locate.ts'
import { partSuffix } from './part-names.ts'
import { syncFolder } from './sync-folder.ts'
import { cleanName, numbered } from './upload-name.ts'

/** What is known of an upload besides its bytes. */
interface Ticket {
  name: string
  size: number
  /** Its name in the workspace, from when that was chosen. */
  path?: string
}

const spareBytes = 256 * 1024 ** 2
const abandonedMs = 24 * 3600 * 1000
const writeBytes = 1024 ** 2

/**
 * Keeps uploads in `<data>/uploads`, `<id>` beside `<id>.json`, until all their bytes are there; it outlives the
 * process. The file's length is the offset, so nothing that was received before a crash is sent again.
 */
export class UploadStore extends DataStore {
  override readonly extensions = ['creation', 'creation-with-upload', 'termination']
  readonly #fence: Fence
  readonly #folder: string
  readonly #finishing = new Map<string, Promise<string>>()

  constructor(fence: Fence, folder: string) {
    super()
    this.#fence = fence
    this.#folder = folder
  }

  /**
   * The name it will have, or one near it.
   *
   * @throws {AppError} DISK_FULL when it certainly does not fit
   */
  async admit(sent: string, size: number): Promise<string> {
    const name = cleanName(sent)
    const free = await freeBytes(this.#fence)
    if (size + spareBytes <= free) return name
    const shown = printable(name)
    const sentence = `"${shown}" has ${size} bytes and the disk has ${free} free, of which 256 MiB stay free.`
    throw new AppError('DISK_FULL', sentence, { place: { file: shown } })
  }

  override async create(upload: Upload): Promise<Upload> {
    const { id, size = 0, metadata } = upload
    const name = metadata?.['filename'] ?? ''
    await this.#write(id, { name, size })
    await translating(name, 'spool', () => writeFile(this.#data(id), '', { flag: 'wx', mode: 0o600 }))
    return upload
  }

  override async getUpload(id: string): Promise<Upload> {
    const ticket = await this.#read(id)
    const { name: filename, size } = ticket
    const offset = await this.#received(id, ticket)
    return new Upload({ id, size, offset, metadata: { filename } })
  }

  override async write(stream: Readable, id: string, offset: number): Promise<number> {
    const { name } = await this.#read(id)
    return translating(name, 'spool', () => writeAt(this.#data(id), stream, offset))
  }

  override async remove(id: string): Promise<void> {
    await this.#read(id)
    await rm(this.#data(id), { force: true })
    await rm(this.#ticket(id), { force: true })
  }

  /** Moves an upload that has arrived into the workspace. Asked again, it gives the same path. */
  finish(id: string): Promise<string> {
    const known = this.#finishing.get(id)
    if (known) return known
    const moving = this.#move(id).finally(() => this.#finishing.delete(id))
    this.#finishing.set(id, moving)
    return moving
  }

  async #move(id: string): Promise<string> {
    const ticket = await this.#read(id)
    const data = this.#data(id)
    if (!(await exists(data))) return this.#arrived(ticket)
    return translating(ticket.name, 'target', async () => {
      await requireUnmoved(this.#fence, this.#fence.cwd, ticket.name, 'target')
      try {
        return await this.#place(data, id, ticket)
      } catch (error) {
        if (errnoOf(error) !== 'EXDEV') throw error
        return this.#placeCopy(data, id, ticket)
      }
    })
  }

  /** For a workspace on another file system, where nothing can be moved to. */
  async #placeCopy(data: string, id: string, ticket: Ticket): Promise<string> {
    const copy = join(this.#fence.cwd, `.${id}${partSuffix}`)
    try {
      await copyFile(data, copy, constants.COPYFILE_EXCL)
      const path = await this.#place(copy, id, ticket)
      await rm(data)
      return path
    } finally {
      await rm(copy, { force: true })
    }
  }

  /** Durable first, then visible all at once. */
  async #place(ready: string, id: string, ticket: Ticket): Promise<string> {
    await syncFile(ready)
    const path = await chooseName(this.#fence.cwd, ticket)
    const target = join(this.#fence.cwd, path)
    try {
      // From here on, a crash leaves an empty file that the next attempt knows for its own.
      await this.#write(id, { ...ticket, path })
      await chmod(ready, (await stat(target)).mode & 0o777)
      await rename(ready, target)
    } catch (error) {
      if (await isEmpty(target)) await rm(target)
      throw error
    }
    await syncFolder(this.#fence.cwd)
    return path
  }

  async #received(id: string, ticket: Ticket): Promise<number> {
    try {
      return (await stat(this.#data(id))).size
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error
      await this.#arrived(ticket)
      return ticket.size
    }
  }

  /** The path of one that was moved, as long as it is there. */
  async #arrived({ name, path }: Ticket): Promise<string> {
    if (path !== undefined && (await exists(join(this.#fence.cwd, path)))) return path
    throw unknownUpload(name)
  }

  async #read(id: string): Promise<Ticket> {
    try {
      return JSON.parse(await readFile(this.#ticket(id), 'utf8')) as Ticket
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error
      throw unknownUpload(id)
    }
  }

  /** All at once: a crash leaves the old one or the new one. */
  async #write(id: string, ticket: Ticket): Promise<void> {
    await translating(ticket.name, 'spool', async () => {
      await writeFile(`${this.#ticket(id)}.new`, JSON.stringify(ticket), { mode: 0o600 })
      await rename(`${this.#ticket(id)}.new`, this.#ticket(id))
    })
  }

  #data(id: string): string {
    return join(this.#folder, id)
  }

  #ticket(id: string): string {
    return join(this.#folder, `${id}.json`)
  }
}

export async function openUploads(fence: Fence): Promise<UploadStore> {
  const folder = join(fence.dataDir, 'uploads')
  await translating(fence.dataDir, 'data', async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await sweepAbandoned(folder)
  })
  return new UploadStore(fence, folder)
}

async function sweepAbandoned(folder: string): Promise<void> {
  const lastChange = new Map<string, number>()
  const names = await readdir(folder)
  const idOf = (name: string) => name.split('.', 1)[0] ?? ''
  for (const name of names) {
    // Another process may be finishing it right now.
    const changed = await stat(join(folder, name)).catch(() => undefined)
    const id = idOf(name)
    lastChange.set(id, Math.max(changed?.mtimeMs ?? 0, lastChange.get(id) ?? 0))
  }
  const oldest = Date.now() - abandonedMs
  for (const name of names) {
    if ((lastChange.get(idOf(name)) ?? 0) < oldest) await rm(join(folder, name), { force: true })
  }
}

const unknownUpload = (name: string) =>
  new AppError('FILE_NOT_FOUND', `The upload "${printable(name)}" does not exist any more.`)

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}

/** What was received before the connection was lost is written, too. */
async function writeAt(path: string, stream: Readable, start: number): Promise<number> {
  await using handle = await open(path, constants.O_WRONLY | constants.O_NOFOLLOW)
  let position = start
  let waiting: Buffer[] = []
  let length = 0
  const flush = async () => {
    const chunks = waiting
    waiting = []
    length = 0
    position += await writeAll(handle, chunks, position)
  }
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      waiting.push(chunk)
      length += chunk.length
      if (length >= writeBytes) await flush()
    }
  } finally {
    await flush()
  }
  return position
}

/** Without copying the chunks together, except after a write that the disk cut short. */
async function writeAll(handle: FileHandle, chunks: Buffer[], position: number): Promise<number> {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  if (length === 0) return 0
  const { bytesWritten } = await handle.writev(chunks, position)
  if (bytesWritten === length) return length
  const rest = Buffer.concat(chunks).subarray(bytesWritten)
  return bytesWritten + (await writeAll(handle, [rest], position + bytesWritten))
}

/** Takes a free name by creating an empty file. */
async function chooseName(folder: string, { name, path }: Ticket): Promise<string> {
  if (path !== undefined && (await isEmpty(join(folder, path)))) return path
  for (let number = 1; ; number++) {
    const free = numbered(name, number)
    // An export that is running would take the name when it ends.
    if (await exists(join(folder, free + partSuffix))) continue
    try {
      await (await open(join(folder, free), 'wx')).close()
      return free
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error
    }
  }
}

async function isEmpty(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.size === 0
}

async function syncFile(path: string): Promise<void> {
  await using handle = await open(path, 'r+')
  await handle.sync()
}
