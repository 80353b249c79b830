import type { CodegenConfig } from '@graphql-codegen/cli'

const config: CodegenConfig = {
  // The file, or the address of a gateway.
  schema: '../../schema.graphql',
  documents: ['*.ts'],
  generates: {
    'generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        // A scalar that this file does not know is an error, and not `any`.
        strictScalars: true,
        scalars: { DateTime: 'string', JSON: { input: 'Record<string, unknown>', output: 'unknown' } },
        enumsAsTypes: true,
        useTypeImports: true,
      },
    },
    // For Apollo Client.
    '../apollo/possible-types.json': { plugins: ['fragment-matcher'] },
    // For urql's graphcache.
    'generated/introspection.json': { plugins: ['introspection'], config: { minify: true } },
  },
}

export default config
