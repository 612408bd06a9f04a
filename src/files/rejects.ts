import { type FileHandle, copyFile, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import {
  AppError,
  rejectForms,
  rejectListSchema,
  type Reject,
  type RejectForm,
  type RejectList,
} from '../shared/index.ts'
import { claimEntry, removeEntry } from './entries.ts'
import { errnoOf, translating } from './errors.ts'
import { downloadOf, type Download } from './folder.ts'
import { baseExtension } from './compression.ts'

/** The rejects of so many runs are kept, the newest, and of these only as many as fit into so many bytes. */
const mostRuns = 200
const mostBytes = 1e9
/** What can be shown without reading a whole file: so many, in so many characters. */
const mostListed = 1000
const listedLength = 1e6
const flushBytes = 262_144

const runFolder = /^[0-9a-f-]{36}$/
const listName = 'list.json'
const formName: Record<RejectForm, string> = { report: 'report.csv', records: 'records' }
const reportHeader = ['file', 'line', 'offset', 'column', 'reason', 'value', 'raw']

/** What is kept of a run besides the two forms. */
interface Kept extends RejectList {
  /** As the source is called; the downloads are named after it. */
  source: string
}

/** The rejects of runs, in the data folder. */
export interface RejectStore {
  begin(runId: string, source: string): Promise<RejectWriter>
  /** The first rejects; none of a run that has none, or of which they are not kept any more. */
  list(runId: string, limit: number): Promise<RejectList>
  /** @throws {AppError} FILE_NOT_FOUND */
  open(runId: string, form: RejectForm): Promise<Download>
  /** Where the report is. */
  path(runId: string): string
  /**
   * Copies the report to a path, and the records beside it.
   *
   * @throws {AppError} FILE_NOT_FOUND, TARGET_UNWRITABLE or DISK_FULL
   */
  copy(runId: string, path: string): Promise<void>
}

/** Takes the rejects of one run; without `commit` nothing is kept. */
interface RejectWriter extends AsyncDisposable {
  /** The beginning of the file of records: what stands above the first record in the source. */
  begin(head: Buffer): Promise<void>
  /** @param record as it stands in the source, with its line end */
  add(reject: Reject, record: Buffer): Promise<void>
  /** @param tail what stands below the last record in the source */
  commit(tail?: Buffer): Promise<void>
}

export function openRejects(dataDir: string): RejectStore {
  const root = join(dataDir, 'rejects')
  const folderOf = (runId: string) => {
    if (!runFolder.test(runId)) throw notKept(runId)
    return join(root, runId)
  }
  const kept = async (runId: string): Promise<Kept | undefined> => {
    try {
      const text = await readFile(join(folderOf(runId), listName), 'utf8')
      return rejectListSchema.loose().parse(JSON.parse(text)) as unknown as Kept
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined
      throw error
    }
  }
  return {
    begin: (runId, source) => RejectFiles.create(dataDir, folderOf(runId), source),
    path: (runId) => join(folderOf(runId), formName.report),
    async list(runId, limit) {
      const { total, rejects } = (await kept(runId)) ?? { total: 0, rejects: [] }
      return { total, rejects: rejects.slice(0, limit) }
    },
    async open(runId, form) {
      const { source } = (await kept(runId)) ?? { source: undefined }
      if (source === undefined) throw notKept(runId)
      const path = join(folderOf(runId), formName[form])
      return translating(path, 'data', async () => {
        const handle = await open(path)
        return downloadOf(handle, await handle.stat(), downloadName(source, form))
      })
    },
    async copy(runId, path) {
      if (!(await kept(runId))) throw notKept(runId)
      for (const form of rejectForms) {
        const target = form === 'report' ? path : besides(path)
        await translating(target, 'target', () => copyFile(join(folderOf(runId), formName[form]), target))
      }
    },
  }
}

const notKept = (runId: string) => new AppError('FILE_NOT_FOUND', `No rejects of a run ${runId} are kept.`)

/** `people.csv` → `people.rejects.csv` and `people.rejects.records.csv` */
function downloadName(source: string, form: RejectForm): string {
  const plain = basename(source).replaceAll(/[*?[\]{}]/g, '_')
  const dotted = plain.replace(/\.(gz|gzip|zst|zstd|bz2|xz|lz4)$/i, '')
  const stem = dotted.slice(0, dotted.length - extname(dotted).length)
  const name = stem === '' || stem === '-' ? 'rejects' : `${stem}.rejects`
  if (form === 'report') return `${name}.csv`
  return `${name}.records.${baseExtension(plain) || 'csv'}`
}

/** `bad.csv` → `bad.records.csv` */
function besides(path: string): string {
  const extension = extname(path)
  return `${path.slice(0, path.length - extension.length)}.records${extension}`
}

class RejectFiles implements RejectWriter {
  readonly #folder: string
  /** Where they are until they are complete. */
  readonly #part: string
  readonly #kept: Kept
  readonly #report: FileHandle
  readonly #records: FileHandle
  #listed = 0
  #lines: string[] = []
  #raws: Buffer[] = []
  #waiting = 0

  private constructor(folder: string, part: string, source: string, handles: [FileHandle, FileHandle]) {
    this.#folder = folder
    this.#part = part
    this.#kept = { source, total: 0, rejects: [] }
    ;[this.#report, this.#records] = handles
  }

  static async create(dataDir: string, folder: string, source: string): Promise<RejectFiles> {
    const part = claimEntry(dataDir, 'rejects')
    return translating(folder, 'data', async () => {
      await rm(part, { recursive: true, force: true })
      await mkdir(part, { recursive: true, mode: 0o700 })
      const report = await open(join(part, formName.report), 'wx', 0o600)
      const records = await open(join(part, formName.records), 'wx', 0o600)
      const files = new RejectFiles(folder, part, source, [report, records])
      files.#lines.push(csvLine(reportHeader))
      return files
    })
  }

  async begin(head: Buffer): Promise<void> {
    await this.#take(head)
  }

  async add(reject: Reject, record: Buffer): Promise<void> {
    const { file, line, offset, column, reason, value, raw } = reject
    this.#kept.total += 1
    this.#list(reject)
    const row = csvLine([
      file,
      String(line),
      offset === null ? '' : String(offset),
      column,
      reason,
      value,
      raw,
    ])
    this.#lines.push(row)
    this.#waiting += row.length
    await this.#take(record)
  }

  async commit(tail?: Buffer): Promise<void> {
    await translating(this.#folder, 'data', async () => {
      if (tail) this.#raws.push(tail)
      await this.#flush()
      await this.#close()
      const list = await open(join(this.#part, listName), 'wx', 0o600)
      await list.writeFile(JSON.stringify(this.#kept)).finally(() => list.close())
      await rm(this.#folder, { recursive: true, force: true })
      await rename(this.#part, this.#folder)
      await dropOldest(dirname(this.#folder), this.#folder)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
    await removeEntry(this.#part)
  }

  #list(reject: Reject): void {
    const { rejects } = this.#kept
    this.#listed += reject.raw.length + (reject.value?.length ?? 0)
    if (rejects.length < mostListed && (this.#listed < listedLength || rejects.length === 0))
      rejects.push(reject)
  }

  async #take(record: Buffer): Promise<void> {
    this.#raws.push(record)
    this.#waiting += record.length
    if (this.#waiting > flushBytes) await translating(this.#folder, 'data', () => this.#flush())
  }

  async #flush(): Promise<void> {
    const [lines, raws] = [this.#lines, this.#raws]
    this.#lines = []
    this.#raws = []
    this.#waiting = 0
    await this.#report.appendFile(lines.join(''))
    await this.#records.appendFile(Buffer.concat(raws))
  }

  /** A handle that is closed already takes a second call. */
  async #close(): Promise<void> {
    await this.#report.close()
    await this.#records.close()
  }
}

/** Texts are quoted, so that an empty one is told from none. */
const csvLine = (fields: (string | null)[]): string =>
  `${fields.map((field) => (field === null ? '' : `"${field.replaceAll('"', '""')}"`)).join(',')}\n`

/** But never those of the run that has just ended. */
async function dropOldest(root: string, newest: string): Promise<void> {
  const folders = (await readdir(root)).filter((name) => runFolder.test(name)).map((name) => join(root, name))
  const sized = await Promise.all(folders.map(describe))
  const known = sized.filter((one) => one !== undefined).sort((a, b) => b.mtimeMs - a.mtimeMs)
  let bytes = 0
  for (const [index, one] of known.entries()) {
    bytes += one.bytes
    if (one.path !== newest && (index >= mostRuns || bytes > mostBytes))
      await rm(one.path, { recursive: true, force: true })
  }
}

/** Undefined when another process has just removed it. */
async function describe(path: string): Promise<{ path: string; mtimeMs: number; bytes: number } | undefined> {
  try {
    const { mtimeMs } = await stat(path)
    const sizes = await Promise.all(
      (await readdir(path)).map(async (name) => (await stat(join(path, name))).size),
    )
    return { path, mtimeMs, bytes: sizes.reduce((sum, size) => sum + size, 0) }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}
