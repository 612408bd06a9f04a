import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  connectionSchema,
  dialectSchema,
  problemSchema,
  reportSchema,
  runSchema,
  requestedTransferSchema,
  transferSchema,
} from '../shared/index.ts'
import type { App } from './app-type.ts'

/** What stands in several places of the description is described once. */
const named = z.registry<{ id: string }>()
named.add(connectionSchema, { id: 'Connection' })
named.add(dialectSchema, { id: 'Dialect' })
named.add(problemSchema, { id: 'Problem' })
named.add(reportSchema, { id: 'Report' })
named.add(runSchema, { id: 'Run' })
named.add(transferSchema, { id: 'Transfer' })
named.add(requestedTransferSchema, { id: 'RequestedTransfer' })

const describeSchema = createJsonSchemaTransform({ schemaRegistry: named })

/** The API as an OpenAPI document at /api/docs/json, and as a page at /api/docs. To be added before the routes. */
export async function addDescription(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Flathouse',
        version,
        description: 'Moves data both ways between ClickHouse and flat files.',
      },
    },
    transform: (route) => {
      const { schema, url } = describeSchema(route)
      // `/api/v1/runs/:id` is of the group `runs`.
      const group = url.split('/')[3]
      return { schema: { ...schema, ...(group !== undefined && { tags: [group] }) }, url }
    },
    transformObject: createJsonSchemaTransformObject({ schemaRegistry: named }),
  })
  await app.register(swaggerUi, { routePrefix: '/api/docs', uiConfig: { validatorUrl: null } })
}
