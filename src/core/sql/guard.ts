import { AppError } from '../../shared/index.ts'
import { allowedFunctions, allowedNodes } from './allowed.ts'

const nodePattern = /^( *)([A-Za-z]+)(?: ([\s\S]*?))??(?: \(alias [\s\S]*?\))?(?: \(children (\d+)\))?$/
const membership = new Set(['in', 'notin', 'globalin', 'globalnotin', 'nullin', 'notnullin'])

/**
 * Checks text that a person wrote before it runs on the embedded server, which can read any file its process can: only
 * a SELECT over the embedded database's own tables, with functions that compute and nothing else.
 *
 * @param nodes the rows of `EXPLAIN AST SELECT … (text)`, one node each; that statement executes nothing
 * @throws {AppError} QUERY_NOT_ALLOWED
 */
export function requireAllowed(nodes: readonly string[], database: string): void {
  requireTree(nodes)
  const functionAt: string[] = []
  for (const node of nodes) {
    const [, indent = '', kind = '', name = ''] = nodePattern.exec(node) ?? []
    if (!allowedNodes.has(kind)) refuse(`"${kind === '' ? node.trim() : kind}" is not part of a plain SELECT`)
    const depth = indent.length
    functionAt.length = depth
    if (kind === 'Function') {
      if (!allowedFunctions.has(name.toLowerCase())) refuse(`the function ${name} is not allowed there`)
      functionAt[depth] = name.toLowerCase()
    }
    if (kind === 'TableIdentifier' && name.includes('.') && !name.startsWith(`${database}.`)) {
      refuse(`${name} is not a table of the embedded database`)
    }
    // `x IN y`: there y names a table, though it looks like a column.
    if (kind === 'Identifier' && membership.has(functionAt[depth - 2] ?? '') && name.includes('.')) {
      refuse(`after IN there must be a list or a subquery, not ${name}`)
    }
  }
}

/** A line end within a name begins a line of its own, which could be made to look like a node: then nothing is sure. */
function requireTree(nodes: readonly string[]): void {
  const missing = [1]
  for (const node of nodes) {
    const [, indent = '', , , children = '0'] = nodePattern.exec(node) ?? []
    while (missing.at(-1) === 0) missing.pop()
    if (missing.length !== indent.length + 1) refuse('its parts cannot be told apart')
    missing[indent.length] = (missing[indent.length] ?? 0) - 1
    missing.push(Number(children))
  }
  if (missing.some((count) => count > 0)) refuse('its parts cannot be told apart')
}

function refuse(reason: string): never {
  throw new AppError('QUERY_NOT_ALLOWED', `This SQL cannot run on the embedded database: ${reason}.`)
}
