export { whyNotCarried, isText } from './carry.ts'
export { checkSettings, type Check, type CheckOptions } from './check.ts'
export { checkField, declaredType, readerNullToken, type FieldOptions } from './field.ts'
export { parseType, unwrap, quotedArgument, numericArgument, type TypeNode } from './type.ts'
