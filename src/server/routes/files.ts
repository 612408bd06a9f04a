import { z } from 'zod'
import { checkFile, inspectFile } from '../../runs/index.ts'
import {
  checkRequestSchema,
  fileCheckSchema,
  fileHeadSchema,
  fileListSchema,
  inspectionSchema,
  inspectRequestSchema,
  maxHeadBytes,
} from '../../shared/index.ts'
import type { App } from '../app-type.ts'
import { clientSignal } from '../client-signal.ts'
import type { Services } from '../context.ts'
import { requireLook, requireSaved } from '../gate.ts'
import { problemAnswer } from '../problems.ts'
import { sendFile } from '../send-file.ts'

const ofFile = z.strictObject({ path: z.string().min(1) })

export function addFiles(app: App, services: Services): void {
  addList(app, services)
  addContent(app, services)
  addLook(app, services)
}

function addList(app: App, { surroundings: { workspace } }: Services): void {
  app.get(
    '/api/v1/files',
    {
      config: { needs: 'viewer' },
      schema: {
        summary: 'The files and folders in a folder of the workspace',
        querystring: z.strictObject({ folder: z.string().default('') }),
        response: { 200: fileListSchema, ...problemAnswer },
      },
    },
    async ({ query }) => ({
      ...(await workspace.list(query.folder)),
      freeBytes: await workspace.freeBytes(),
    }),
  )
  app.delete(
    '/api/v1/files',
    {
      config: { needs: 'operator', audit: 'file.delete' },
      schema: {
        summary: 'Delete a file of the workspace',
        querystring: ofFile,
        response: { 204: z.undefined().describe('It is deleted.'), ...problemAnswer },
      },
    },
    async (request, reply) => {
      const { path } = request.query
      request.subject = path
      await workspace.remove(path)
      return reply.code(204).send()
    },
  )
}

function addContent(app: App, { surroundings: { workspace } }: Services): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: '/api/v1/files/content',
    exposeHeadRoute: false,
    config: { needs: 'viewer' },
    schema: { summary: 'Download a file of the workspace, or a part of it', querystring: ofFile },
    handler: async (request, reply) => {
      const file = await workspace.open(request.query.path)
      return sendFile(file, request, reply)
    },
  })
}

function addLook(app: App, { surroundings }: Services): void {
  app.post(
    '/api/v1/files/inspect',
    {
      config: { needs: 'viewer', audit: null, limit: 'look' },
      schema: {
        summary: 'Read a whole file and say what is in each column',
        body: inspectRequestSchema,
        response: { 200: inspectionSchema, ...problemAnswer },
      },
    },
    (request, reply) => {
      const { source, ...choice } = request.body
      requireLook(request, source, choice.target)
      const watcher = { signal: clientSignal(reply), onProgress: () => undefined }
      return inspectFile(source, surroundings, watcher, choice)
    },
  )
  app.post(
    '/api/v1/files/check',
    {
      // It also asks the target, which is more than looking at a file.
      config: { needs: 'operator', audit: null, limit: 'look' },
      schema: {
        summary: 'Read a whole file and say how many of its records an import would reject',
        body: checkRequestSchema,
        response: { 200: fileCheckSchema, ...problemAnswer },
      },
    },
    (request, reply) => {
      const { transfer } = request.body
      requireSaved(request, transfer.source, transfer.target)
      return checkFile(transfer, surroundings, { signal: clientSignal(reply), onProgress: () => undefined })
    },
  )
  void app.register((scope, _options, done) => {
    const options = { parseAs: 'buffer', bodyLimit: maxHeadBytes } as const
    scope.addContentTypeParser('application/octet-stream', options, (_request, body, parsed) => {
      parsed(null, body)
    })
    addHeads(scope, surroundings.workspace)
    done()
  })
}

function addHeads(app: App, workspace: Services['surroundings']['workspace']): void {
  app.post(
    '/api/v1/files/heads',
    {
      bodyLimit: maxHeadBytes,
      config: { needs: 'operator', audit: null },
      schema: {
        summary: 'Send the beginning of a file, to preview it before all of it has arrived',
        consumes: ['application/octet-stream'],
        querystring: z.strictObject({ name: z.string().min(1).max(1000) }),
        body: z.instanceof(Buffer),
        response: { 200: fileHeadSchema, ...problemAnswer },
      },
    },
    async ({ query, body }) => ({ path: await workspace.keepHead(query.name, body) }),
  )
}
