import { z } from 'zod'

/** How to reach a ClickHouse, without its secrets, which are kept apart so that they cannot be printed or saved. */
export const connectionSchema = z.strictObject({
  protocol: z.enum(['http', 'https']),
  host: z.string().min(1),
  port: z.number().int().min(1).max(65535),
  database: z.string().min(1),
  user: z.string().min(1),
})
export type Connection = z.infer<typeof connectionSchema>

/** A password or a JWT, and the PEM texts of TLS. */
export const secretsSchema = z.strictObject({
  password: z.string().optional(),
  token: z.string().optional(),
  ca: z.string().optional(),
  cert: z.string().optional(),
  key: z.string().optional(),
})
export type Secrets = z.infer<typeof secretsSchema>
