import { AppError } from '../../shared/index.ts'
import { allowedFunctions, allowedNodes } from './allowed.ts'

const nodePattern = /^( *)([A-Za-z]+)(?: ([\s\S]*?))?(?: \(alias [\s\S]*\))?(?: \(children \d+\))?$/
const membership = new Set(['in', 'notin', 'globalin', 'globalnotin', 'nullin', 'notnullin'])

/**
 * Checks text that a person wrote before it runs on the embedded server, which can read any file its process can: only
 * a SELECT over the embedded database's own tables, with functions that compute and nothing else.
 *
 * @param nodes the rows of `EXPLAIN AST SELECT … (text)`, one node each; that statement executes nothing
 * @throws {AppError} QUERY_NOT_ALLOWED
 */
export function requireAllowed(nodes: readonly string[], database: string): void {
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

function refuse(reason: string): never {
  throw new AppError('QUERY_NOT_ALLOWED', `This SQL cannot run on the embedded database: ${reason}.`)
}
