import { z } from 'zod'
import {
  AppError,
  columnListSchema,
  connectionListSchema,
  connectionNameSchema,
  connectionTestSchema,
  databaseListSchema,
  savedConnectionSchema,
  saveConnectionSchema,
  tableListSchema,
  testConnectionSchema,
} from '../../shared/index.ts'
import type { App } from '../app-type.ts'
import type { Services } from '../context.ts'
import { requireRole } from '../gate.ts'
import { problemAnswer } from '../problems.ts'

const named = z.strictObject({ name: z.string() })
/** Left out: the connection's own. */
const inDatabase = z.strictObject({ database: z.string().min(1).optional() })
const inTable = inDatabase.extend({ table: z.string().min(1) })

export function addConnections(app: App, services: Services): void {
  addSaved(app, services)
  addContents(app, services)
}

function addSaved(app: App, { connections }: Services): void {
  app.get(
    '/api/v1/connections',
    {
      config: { needs: 'viewer' },
      schema: {
        summary: 'The embedded database and the saved connections',
        response: { 200: connectionListSchema, ...problemAnswer },
      },
    },
    async () => ({ connections: await connections.list() }),
  )
  app.put(
    '/api/v1/connections/:name',
    {
      config: { needs: 'admin', audit: 'connection.save' },
      schema: {
        summary: 'Save a connection',
        params: z.strictObject({ name: connectionNameSchema }),
        body: saveConnectionSchema,
        response: { 200: savedConnectionSchema, ...problemAnswer },
      },
    },
    ({ params, body }) => connections.save(params.name, body),
  )
  app.delete(
    '/api/v1/connections/:name',
    {
      config: { needs: 'admin', audit: 'connection.remove' },
      schema: {
        summary: 'Forget a saved connection',
        params: named,
        response: { 204: z.undefined().describe('It is forgotten.'), ...problemAnswer },
      },
    },
    async ({ params }, reply) => {
      await connections.remove(params.name)
      return reply.code(204).send()
    },
  )
  app.post(
    '/api/v1/connections/test',
    {
      config: { needs: 'operator', audit: 'connection.test', limit: 'costly' },
      schema: {
        summary: 'Whether a ClickHouse can be reached, step by step',
        body: testConnectionSchema,
        response: { 200: connectionTestSchema, ...problemAnswer },
      },
    },
    (request) => {
      const { body } = request
      request.subject = 'name' in body ? body.name : body.connection.host
      if ('connection' in body) requireRole(request, 'admin')
      return connections.test(body)
    },
  )
}

function addContents(app: App, { connections }: Services): void {
  app.get(
    '/api/v1/connections/:name/databases',
    {
      config: { needs: 'operator' },
      schema: {
        summary: 'The databases that the connection’s user sees',
        params: named,
        response: { 200: databaseListSchema, ...problemAnswer },
      },
    },
    async ({ params }) => {
      await using server = await connections.server(params.name)
      return { databases: await server.databases(), current: server.database }
    },
  )
  app.get(
    '/api/v1/connections/:name/tables',
    {
      config: { needs: 'operator' },
      schema: {
        summary: 'The tables of a database',
        params: named,
        querystring: inDatabase,
        response: { 200: tableListSchema, ...problemAnswer },
      },
    },
    async ({ params, query }) => {
      await using server = await connections.server(params.name)
      const { database = server.database } = query
      const tables = await server.tables(database)
      if (tables.length === 0 && !(await server.databases()).includes(database)) {
        const sentence = `There is no database ${database} on ${server.label}.`
        throw new AppError('TABLE_NOT_FOUND', sentence, { place: { host: server.label } })
      }
      return {
        tables: tables.map(({ table, engine, totalRows, totalBytes }) => {
          return { table, engine, rows: count(totalRows), bytes: count(totalBytes) }
        }),
      }
    },
  )
  app.get(
    '/api/v1/connections/:name/columns',
    {
      config: { needs: 'operator' },
      schema: {
        summary: 'The columns of a table',
        params: named,
        querystring: inTable,
        response: { 200: columnListSchema, ...problemAnswer },
      },
    },
    async ({ params, query }) => {
      await using server = await connections.server(params.name)
      const { table, database = server.database } = query
      const { columns, engine, sortingKey, totalRows } = await server.table({ database, table })
      return { columns, engine, sortingKey, rows: count(totalRows) }
    },
  )
}

const count = (value: string | null): number | null => (value === null ? null : Number(value))
