import type { RunStatus } from '../../shared/index.ts'

/** Where a run may go from each status (DESIGN §3). `interrupted` is what a later start finds of a killed process. */
const next: Record<RunStatus, readonly RunStatus[]> = {
  queued: ['connecting', 'failed', 'cancelled', 'interrupted'],
  // Until the commit begins, what fails by what can pass begins again.
  connecting: ['fetching', 'connecting', 'failed', 'cancelled', 'interrupted'],
  fetching: ['ingesting', 'connecting', 'failed', 'cancelled', 'interrupted'],
  ingesting: ['committing', 'connecting', 'failed', 'cancelled', 'interrupted'],
  // Once the commit has begun, cancelling is too late: it is finished or it fails.
  committing: ['completed', 'failed', 'interrupted'],
  completed: [],
  failed: [],
  cancelled: [],
  interrupted: [],
}

/** The status of one run, which can only move along the table above. */
export class RunState {
  #status: RunStatus = 'queued'
  readonly #onChange: (status: RunStatus) => void

  constructor(onChange: (status: RunStatus) => void) {
    this.#onChange = onChange
  }

  get status(): RunStatus {
    return this.#status
  }

  /** @throws {TypeError} when the step is not one the table allows: a defect in the caller */
  advance(to: RunStatus): void {
    if (!next[this.#status].includes(to)) throw new TypeError(`A run cannot go from ${this.#status} to ${to}`)
    this.#status = to
    this.#onChange(to)
  }
}
