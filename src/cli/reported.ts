/** Ends a command with this exit code; what went wrong has been printed already. */
export class Reported extends Error {
  readonly exitCode: number

  constructor(exitCode: number) {
    super('What went wrong has been printed')
    this.exitCode = exitCode
  }
}
