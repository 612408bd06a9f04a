import type { z } from 'zod'

/** What is wrong with a document, in one sentence that names the field: `target.table: expected string, …`. */
export function issueSentence({ issues }: z.ZodError): string {
  const [first] = issues
  if (first === undefined) return 'It is not valid.'
  const { path, message } = innermost(first)
  const field = path.map(String).join('.')
  if (field !== '' && message.endsWith('received undefined')) return `${field} is missing.`
  const said = message.replace(/^Invalid input: /, '').replace(/\.$/, '')
  return field === '' ? `${said}.` : `${field}: ${said}.`
}

type Issue = z.core.$ZodIssue

/** Of a choice of several shapes, the fault in that one which was most likely meant. */
function innermost(issue: Issue): { path: readonly PropertyKey[]; message: string } {
  if (issue.code !== 'invalid_union') return issue
  const branches = issue.errors.filter((issues) => issues.length > 0)
  const meant = branches.toSorted((one, other) => distance(one) - distance(other))[0]?.[0]
  if (meant === undefined) return issue
  const inner = innermost(meant)
  return { path: [...issue.path, ...inner.path], message: inner.message }
}

/** Something of another kind altogether is the furthest; otherwise each fault counts. */
const distance = (issues: readonly Issue[]): number =>
  issues.some(({ path, code }) => path.length === 0 && code !== 'unrecognized_keys')
    ? Infinity
    : issues.length
