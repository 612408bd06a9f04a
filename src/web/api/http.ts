import type { Problem } from '../../shared/index.ts'

/** An answer that is an error, or none at all. */
export class ApiError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.name = 'ApiError'
    this.problem = problem
  }
}

export interface SendOptions {
  method?: string
  body?: unknown
  signal?: AbortSignal | undefined
}

const base = '/api/v1'

/** The address of an API path with its query; what is undefined is left out. */
export function apiUrl(path: string, query: Record<string, string | number | undefined> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  return `${base}${path}${search && `?${search}`}`
}

export const send = (url: string, { method = 'GET', body, signal }: SendOptions = {}): Promise<Response> =>
  fetch(url, {
    method,
    signal: signal ?? null,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  })

/** @throws {ApiError} when it is an error, or none came */
export async function readAnswer<T>(asked: Promise<Response>, signal?: AbortSignal): Promise<T> {
  const response = await asked.catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new ApiError(unreachable())
  })
  if (response.status === 204) return undefined as T
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok && answer !== null) return answer as T
  throw new ApiError(isProblem(answer) ? answer : unreadable(response))
}

export const isProblem = (answer: unknown): answer is Problem =>
  typeof answer === 'object' && answer !== null && 'code' in answer && 'detail' in answer

export const problem = (status: number, detail: string, hint: string, code: Problem['code']): Problem => ({
  type: `urn:flathouse:error:${code}`,
  title: code,
  status,
  detail,
  instance: '',
  code,
  hint,
})

/** Whatever was thrown, as a problem. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem
  const message = error instanceof Error ? error.message : String(error)
  const hint = 'This is a defect in Flathouse; reload the page and please report it.'
  return problem(0, `Something unexpected happened: ${message}`, hint, 'INTERNAL')
}

const unreachable = () =>
  problem(
    0,
    'Flathouse does not answer.',
    'Check that it is still running where it was started, then try again.',
    'CONNECTION_LOST',
  )

const unreadable = (response: Response) =>
  problem(
    response.status,
    `Something between this page and Flathouse answered ${response.status} ${response.statusText}.`,
    'If a proxy stands between, check its log.',
    'INTERNAL',
  )
